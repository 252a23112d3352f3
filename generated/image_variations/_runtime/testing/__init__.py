# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""A fake of the server, for tests of programs that call it.

IN requests · OUT the responses of the document, or the faults of a script · NOT imported by anything but a test
"""
