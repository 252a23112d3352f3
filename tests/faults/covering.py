"""Ties each row of the fault matrix to the test that covers it."""

import asyncio
import functools
import gc
from collections.abc import Callable, Coroutine, Sequence
from typing import ParamSpec

import pytest

from tests.faults.cases import Case
from tests.faults.ours import DEFAULT, TRANSPORTS, Ours, Transport
from tests.faults.rows import ROWS

P = ParamSpec("P")

Async = Callable[P, Coroutine[object, object, None]]

_LONG_ROWS = frozenset({2, 8, 9, 10, 11, 13, 15, 31, 37, 43, 44, 46, 47})
"""Rows that wait for a timeout, or move a lot: `make test` has them over the default transport only.

Of the others it has one case over each other transport: the cases differ by what the server does.
"""


def _on_its_loop(test: Async[P]) -> Callable[P, None]:
    """Run a test on the event loop of its caller's transport."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        caller = kwargs["caller"]
        assert isinstance(caller, Ours)
        with asyncio.Runner(loop_factory=caller.transport.new_loop) as runner:
            if caller.transport.loses_connections:
                runner.run(_closing_what_is_lost(test(*args, **kwargs)))
            else:
                runner.run(test(*args, **kwargs))

    return run


async def _closing_what_is_lost(test: Coroutine[object, object, None]) -> None:
    """Run a test, and then close the connections that nobody closed: Python would report them during another test."""
    try:
        await test
    finally:
        lost = [found for found in gc.get_objects() if isinstance(found, asyncio.Transport) and not found.is_closing()]
        for transport in lost:
            transport.abort()
        await asyncio.sleep(0)


def over_each_of(*transports: Transport) -> Callable[[Async[P]], Callable[P, None]]:
    """Run a test that covers no row over each of these."""
    return _over_each(transports, is_long=False)


def over_each_transport(test: Async[P]) -> Callable[P, None]:
    """Run a test that covers no row over each transport."""
    return over_each_of(*TRANSPORTS)(test)


def at_length_over_each_transport(test: Async[P]) -> Callable[P, None]:
    """The same for one that takes seconds: over others than the default only where all is run."""
    return _over_each(TRANSPORTS, is_long=True)(test)


def _over_each(transports: Sequence[Transport], *, is_long: bool) -> Callable[[Async[P]], Callable[P, None]]:
    parameters = [
        pytest.param(Ours(transport), id=transport.name, marks=_slow(is_long and transport is not DEFAULT))
        for transport in transports
    ]
    parametrised = pytest.mark.parametrize("caller", parameters)
    return lambda test: parametrised(_on_its_loop(test))


def _slow(is_slow: bool) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] if is_slow else []


_ROWS = {row.number: row for row in ROWS}

covered: dict[int, str] = {}
"""The number of each row that a test covers, and the test's name."""


def cases_of(number: int) -> Callable[[Async[P]], Callable[P, None]]:
    """Run a test with each case of a row, over each transport."""
    parameters = [
        pytest.param(
            case,
            Ours(transport),
            id=f"row-{number}-{transport.name}-{case.name}",
            marks=_marks(number, case, transport),
        )
        for transport in TRANSPORTS
        for case in _ROWS[number].cases
    ]
    parametrised = pytest.mark.parametrize(("case", "caller"), parameters)

    def cover(test: Async[P]) -> Callable[P, None]:
        assert number not in covered, f"row {number} has two tests"
        covered[number] = test.__name__
        return parametrised(_on_its_loop(test))

    return cover


def _marks(number: int, case: Case, transport: Transport) -> list[pytest.MarkDecorator]:
    is_further = number in _LONG_ROWS or case is not _ROWS[number].cases[0]
    marks = _slow(case.is_slow or (is_further and transport is not DEFAULT))
    if reason := transport.unmet.get((number, case.name)):
        marks.append(pytest.mark.xfail(reason=reason, strict=True))
    return marks
