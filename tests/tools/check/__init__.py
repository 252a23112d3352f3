"""The checks of the project itself, and the targets of make."""
