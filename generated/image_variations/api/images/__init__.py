# Generated from the OpenAPI document by `make generate`, which discards edits.
"""The operations with the tag `Images`."""
