# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The document that a client was generated from, and what the client says of itself to servers."""

from attrs import frozen

_SHOWN = 12
"""Digits of a hash in `User-Agent`: enough to tell documents apart."""


@frozen
class Pin:
    """The OpenAPI document that a client was generated from.

    Attributes:
        sha256: The SHA-256 of the document's bytes, in 64 hexadecimal digits.
        commit: Upstream's commit that the document was read from, in 40 hexadecimal digits;
            `None` where its header names none.
    """

    sha256: str
    commit: str | None


def user_agent_of(product: str, pin: Pin) -> str:
    """Return the `User-Agent` header: the product, with its pin as a comment (RFC 9110, sections 5.6.5 and 10.1.5)."""
    upstream = f"; upstream {pin.commit[:_SHOWN]}" if pin.commit else ""
    return f"{product} (pin {pin.sha256[:_SHOWN]}{upstream})"
