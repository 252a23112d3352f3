"""Connections: a request goes in; a status line, headers and decoded pieces of a body come out.

This room knows sockets, TLS and HTTP/1.1. It knows no operations, no JSON and no retries.
"""
