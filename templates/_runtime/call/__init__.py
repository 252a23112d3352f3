"""In: an operation, its arguments and the settings. Out: a `Response`, or an error with its attempts and cost.

Nothing here knows bytes or files.
"""
