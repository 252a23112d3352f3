"""`make dist`: in comes the checkout, out come a wheel and a source distribution that were tried out.

It may not touch anything in the checkout but `dist/`.
"""
