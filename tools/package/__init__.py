"""A package in its folder: in come the contents of its files, out comes the folder, replaced wholly or not at all.

A generated package and a vendored copy both bring a manifest of their files, and are replaced in the same way. It may
import the standard library only, because `make vendor` and `make vendor-check` run without the virtual environment.
"""
