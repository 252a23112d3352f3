"""`make diff`: in come two documents, out comes a report of what changes for the users of the client.

It may not write anything.
"""
