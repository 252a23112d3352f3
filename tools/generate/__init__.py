"""`make generate`: in come a document and the templates, out comes the client package in its folder.

It may not compare documents, nor touch copies in other repositories.
"""
