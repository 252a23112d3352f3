"""In: a response while it arrives. Out: the server-sent events of it, typed.

Nothing here knows what is billed or sent again: an error that comes first is handed to the call.
"""
