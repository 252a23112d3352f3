"""The fake of the server that each client brings."""
