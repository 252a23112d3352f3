"""Copies of the client in other services.

Standard library only, here and in the commands that use it: `make vendor` and `make vendor-check`
run on Python 3.11 or newer, without the virtual environment.
"""
