"""Copies of the client in other services."""
