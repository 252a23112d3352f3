"""The pin, and the steps from a whole document to it."""
