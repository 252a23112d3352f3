"""A fake of the server, for tests of programs that call it.

IN requests · OUT the responses of the document, or the faults of a script · NOT imported by anything but a test
"""
