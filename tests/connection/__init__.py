"""Tests of the connections that are the client's own, on asyncio's event loop and on uvloop."""
