# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Whether a tool has replaced methods of httpx or httpcore, as mocks and tracers do.

respx, pytest-httpx and OpenTelemetry replace methods below `httpx.AsyncClient`. Requests that went past
them would reach the network from a test that mocks it, and be missing in a trace.
"""

import contextlib
import logging
import os
import sys
from operator import is_
from types import FunctionType

import httpx

_logger = logging.getLogger(__name__.removesuffix("._runtime.connection.instrumentation"))

_OF_EACH_CLASS = ("__dict__", "__weakref__")
"""Descriptors that Python makes."""


_DETOUR = "httpx's own transport"

_seen: dict[type, tuple[tuple[object, ...], bool]] = {}
"""The members that each class had when it was looked at last, and what was found."""


def transports_are_as_shipped() -> bool:
    """Return whether no tool has replaced what sends requests below an `httpx.AsyncClient`.

    httpx loads httpcore with its first transport, which our own does without. What is not loaded is as shipped.
    """
    if not _is_as_shipped(httpx.AsyncHTTPTransport, _DETOUR):
        return False
    if "httpcore" not in sys.modules:
        return True
    from httpcore import AsyncConnectionPool

    return _is_as_shipped(AsyncConnectionPool, _DETOUR)


def client_is_as_shipped() -> bool:
    """Return whether no tool has replaced a method of `httpx.AsyncClient` itself."""
    return _is_as_shipped(httpx.AsyncClient, "it")


def _is_as_shipped(cls: type, detour: str) -> bool:
    """Return whether all methods of a class are its package's own. Tools replace them at any time."""
    members = tuple(vars(cls).values())
    known, is_as_shipped = _seen.get(cls, ((), True))
    # Not `==`: a wrapper is equal to what it wraps.
    if len(members) != len(known) or not all(map(is_, members, known)):
        is_as_shipped = all(_is_own(cls, name, member) for name, member in vars(cls).items())
        _seen[cls] = members, is_as_shipped
        if not is_as_shipped:
            name = f"{cls.__module__}.{cls.__name__}"
            _logger.info("a method of %s was replaced: requests go through %s", name, detour)
    return is_as_shipped


def _is_own(cls: type, name: str, member: object) -> bool:
    # A descriptor in place of a method need not be callable: functools.partialmethod is not.
    if name in _OF_EACH_CLASS or not (callable(member) or hasattr(type(member), "__get__")):
        return True
    function: object = member.fget if isinstance(member, property) else member
    # `type` and the code's file, because wrappers pass themselves off as what they wrap.
    # contextlib is where context managers are made of methods.
    sources = (os.path.dirname(sys.modules[cls.__module__].__file__ or ""), contextlib.__file__)
    return type(function) is FunctionType and function.__code__.co_filename.startswith(sources)
