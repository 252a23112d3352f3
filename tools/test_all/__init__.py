"""`make test-all`: in come the interpreters of this machine, out comes whether the tests pass on each.

It makes a virtual environment for each of them in the checkout, and may not touch anything else.
"""
