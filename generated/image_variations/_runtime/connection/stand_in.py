# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""A transport in the place of a server, as tests have it, known here so that no client has to load a fake."""

import httpx

from ..clock import Clock


class StandIn(httpx.AsyncBaseTransport):
    """A transport that reaches no network: a client needs no key for it, and looks up no host.

    Attributes:
        clock: The time that its clients live in, if that is not the usual one.
    """

    clock: Clock | None = None
