# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The client, and what it knows of the server that it was made for."""

from ._runtime.client import BaseClient
from ._runtime.pin import Pin, user_agent_of

PIN = Pin(
    sha256="44e57422391daefb936b0a3fae210b1f44012be5183d86c50651fc746794798f",
    commit="f85dbe223d40e1a31cba812ab2d755c7e98a92a3",
)
"""The document that this client was generated from."""


class Client(BaseClient):
    """Calls `https://api.openai.com/v1`, or a server that is compatible with it.

    The environment variables `OPENAI_API_KEY` and `OPENAI_BASE_URL` stand in for `api_key` and
    `base_url`.

    Any number of tasks may share a client. Use it as an async context manager, or call
    `aclose` when you are done.
    """

    server = "https://api.openai.com/v1"
    user_agent = user_agent_of("image-variations/0.1.0", PIN)
    api_key_variable = "OPENAI_API_KEY"
    base_url_variable = "OPENAI_BASE_URL"
    retired = "the endpoint was retired on this host, with dall-e-2, on 2026-05-12"
