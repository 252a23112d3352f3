"""In: a status, headers and bytes. Out: a model, or the words of an error.

Nothing here knows sockets, retries or files.
"""
