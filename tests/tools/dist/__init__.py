"""The distributions, before they are published."""
