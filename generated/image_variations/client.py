"""The client, and what it knows of the server that it was made for."""

from ._runtime.client import BaseClient


class Client(BaseClient):
    """Calls `https://api.openai.com/v1`, or a server that is compatible with it.

    Any number of tasks may share a client. Use it as an async context manager, or call
    `aclose` when you are done.
    """

    server = "https://api.openai.com/v1"
    user_agent = "image-variations/0.1.0"
