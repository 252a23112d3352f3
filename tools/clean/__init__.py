"""`make clean`: in comes the checkout, out comes the checkout without what make made in it.

It may import the standard library only.
"""
