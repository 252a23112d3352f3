"""Comparison: in come two documents, out come the changes that a user of the client would notice.

It may not read or write files.
"""
