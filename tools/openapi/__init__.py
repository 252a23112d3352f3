"""Documents: in come files and URLs, out come documents of OpenAPI 3.1, each step a new one.

It may not touch the client, its templates or the packages that are generated.
"""
