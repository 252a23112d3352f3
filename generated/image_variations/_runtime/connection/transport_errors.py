# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""From what a transport raised to the error of an attempt that brought no response."""

import re
import socket
import ssl

import httpx

from ..attempt import Facts
from ..errors import ConnectionFailedError, ConnectionLostError, TLSError, TransportError
from ..redaction import Redactor, chain_of

_NO_SUCH_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""What a resolver says of a host that does not exist; not every system has both."""

_REFUSAL = re.compile(r".*_ALERT_(?:.*CERTIFICATE.*|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)")
"""How OpenSSL names the alerts by which a server refuses a client's certificate (RFC 8446, section 6.2)."""


def transport_error(
    error: Exception, handled: BaseException | None, facts: Facts, redactor: Redactor
) -> TransportError:
    """Make the error for a request that no response came to, and note in `facts` what it says of the attempt.

    Args:
        error: What the transport raised.
        handled: What the caller was handling already, which is not one of the causes.
        facts: What is known of the attempt.
        redactor: Keeps the key out of the message.
    """
    causes = chain_of(error, handled)
    facts.is_final = any(map(_is_final, causes))
    facts.is_refused_by_tls = any(map(_is_refusal, causes))
    reason = describe(error, redactor)
    if any(_is_of_handshake(cause, facts) for cause in causes):
        return TLSError(f"no TLS connection could be made: {reason}")
    if facts.tail_handed_over:
        return ConnectionLostError(f"the request was sent whole, and then no usable response came: {reason}")
    return ConnectionFailedError(f"no complete request reached the server: {reason}")


def describe(error: BaseException, redactor: Redactor) -> str:
    """Say what an exception is, in one bounded line without the key."""
    # Redacted before it is cut, or a part of the key could be left.
    text = redactor.line(str(error))
    # By the name that the library behind a transport has: httpx-aiohttp says ConnectTimeout when a server hangs up.
    named = error.__cause__ or error if isinstance(error, httpx.TransportError) else error
    return f"{type(named).__name__}: {text[:200]}" if text else type(named).__name__


def _is_of_handshake(error: BaseException, facts: Facts) -> bool:
    """Return whether an error is of a TLS handshake. A broken record later is of the same class."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return True
    if not isinstance(error, ssl.SSLError) or isinstance(error, ssl.SSLWantReadError):
        return False  # while a handshake waits for the server, SSLWantReadError is behind a timeout
    # In TLS 1.3 the server sees the client's certificate after the client takes the handshake for done.
    return not facts.tail_handed_over or _is_refusal(error)


def _is_refusal(error: BaseException) -> bool:
    reason: str | None = getattr(error, "reason", None)  # one that Python itself raises has none
    return isinstance(error, ssl.SSLError) and _REFUSAL.fullmatch(reason or "") is not None


def _is_final(error: BaseException) -> bool:
    """Return whether the reason stays: a certificate, or a host that does not exist.

    A resolver that is out of order for the moment says EAI_AGAIN, which does not stay.
    """
    is_unknown_host = isinstance(error, socket.gaierror) and error.errno in _NO_SUCH_HOST
    return isinstance(error, ssl.SSLCertVerificationError) or _is_refusal(error) or is_unknown_host
