"""A transport in the place of a server, as tests have it, known here so that no client has to load a fake."""

import httpx

from ..clock import Clock


class StandIn(httpx.AsyncBaseTransport):
    """A transport that reaches no network: a client needs no key for it, and looks up no host.

    Attributes:
        clock: The time that its clients live in, if that is not the usual one.
    """

    clock: Clock | None = None
