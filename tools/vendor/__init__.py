"""`make vendor`: in comes the client of this checkout, out come copies of it in other services.

It may import the standard library only, because it runs on Python 3.11 or newer without the virtual environment.
"""
