"""In: a response while it arrives, or the items of one. Out: bytes and files.

Nothing here decides what is billed or sent again.
"""
