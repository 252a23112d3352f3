"""Thousands of images through `POST /images/variations`, with a ledger that knows what was paid.

The command `image-variations` is built on this package, and a service can call the same functions. It needs the extra
`cli`: `pip install "image-variations[cli]"`.
"""
