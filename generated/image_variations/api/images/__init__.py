"""The operations with the tag `Images`."""
