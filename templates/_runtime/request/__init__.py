"""In: an operation, its arguments and the settings. Out: one `Request`, bytes but for the key.

Nothing here knows sockets, clocks or responses.
"""
