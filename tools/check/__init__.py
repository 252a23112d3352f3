"""`make check`: in comes the checkout, out come problems, a line each.

It may not change anything.
"""
