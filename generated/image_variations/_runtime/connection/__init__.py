# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Connections: a request goes in; a status line, headers and decoded pieces of a body come out.

This room knows sockets, TLS and HTTP/1.1. It knows no operations, no JSON and no retries.
"""
