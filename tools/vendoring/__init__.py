"""Packages in folders: what `make generate` wrote, and copies of it in other services.

Both bring a manifest of their files, and both are replaced in the same way. Standard library only, here and in
the commands for copies: `make vendor` and `make vendor-check` run on Python 3.11 or newer, without the virtual
environment.
"""
