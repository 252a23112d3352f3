"""In: a response that is a file, while it arrives. Out: its bytes, or the file on the disk.

Nothing here decides what is billed or sent again.
"""
