"""Whether a tool has replaced methods of httpx or httpcore, as mocks and tracers do.

respx, pytest-httpx and OpenTelemetry replace methods below `httpx.AsyncClient`. Requests that went past
them would reach the network from a test that mocks it, and be missing in a trace.
"""

import contextlib
import logging
import os
import sys
from functools import cache
from operator import is_
from types import FunctionType

import httpx

_logger = logging.getLogger(__name__.removesuffix("._runtime.connection.instrumentation"))

_OF_EACH_CLASS = ("__dict__", "__weakref__")
"""Descriptors that Python makes."""


class Watched:
    """A class of another package, whose methods are looked at each time: tools replace them at any time.

    Args:
        cls: The class.
        detour: What requests go through when a method was replaced.
    """

    def __init__(self, cls: type, detour: str) -> None:
        self._class = cls
        self._detour = detour
        folder = os.path.dirname(sys.modules[cls.__module__].__file__ or "")
        self._sources = (folder, contextlib.__file__)  # the latter is where context managers are made of methods
        self._seen: tuple[object, ...] = ()
        self._is_as_shipped = True

    def is_as_shipped(self) -> bool:
        """Whether all methods are the package's own."""
        members = tuple(vars(self._class).values())
        # Not `==`: a wrapper is equal to what it wraps.
        if len(members) != len(self._seen) or not all(map(is_, members, self._seen)):
            self._seen = members
            self._is_as_shipped = all(self._is_own(name, member) for name, member in vars(self._class).items())
            if not self._is_as_shipped:
                name = f"{self._class.__module__}.{self._class.__name__}"
                _logger.info("a method of %s was replaced: requests go through %s", name, self._detour)
        return self._is_as_shipped

    def _is_own(self, name: str, member: object) -> bool:
        # A descriptor in place of a method need not be callable: functools.partialmethod is not.
        if name in _OF_EACH_CLASS or not (callable(member) or hasattr(type(member), "__get__")):
            return True
        function: object = member.fget if isinstance(member, property) else member
        # `type` and the code's file, because wrappers pass themselves off as what they wrap.
        return type(function) is FunctionType and function.__code__.co_filename.startswith(self._sources)


_DETOUR = "httpx's own transport"

_TRANSPORT = Watched(httpx.AsyncHTTPTransport, _DETOUR)

_CLIENT = Watched(httpx.AsyncClient, "it")


@cache
def _pool() -> Watched:
    from httpcore import AsyncConnectionPool

    return Watched(AsyncConnectionPool, _DETOUR)


def transports_are_as_shipped() -> bool:
    """Whether no tool has replaced what sends requests below an `httpx.AsyncClient`.

    httpx loads httpcore with its first transport, which our own does without. What is not loaded is as shipped.
    """
    return _TRANSPORT.is_as_shipped() and ("httpcore" not in sys.modules or _pool().is_as_shipped())


def client_is_as_shipped() -> bool:
    """Whether no tool has replaced a method of `httpx.AsyncClient` itself."""
    return _CLIENT.is_as_shipped()
