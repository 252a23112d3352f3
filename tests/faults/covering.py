"""Ties each row of the fault matrix to the test that covers it."""

from collections.abc import Awaitable, Callable

import pytest

from tests.faults.cases import Case
from tests.faults.ours import HTTPX, TRANSPORTS, Ours, Transport
from tests.faults.rows import ROWS

Test = Callable[[Case, Ours], Awaitable[None]]

_LONG_ROWS = frozenset({2, 8, 9, 10, 11, 13, 15, 31, 37})
"""Rows that wait for a timeout, or move a lot: `make test` has them over httpx's own transport only."""


def _over_each_transport(*, is_long: bool) -> pytest.MarkDecorator:
    """Run a test over each transport, and a long one over others than httpx's own only where all is run."""
    parameters = [
        pytest.param(Ours(transport), id=transport.name, marks=_slow(is_long and transport is not HTTPX))
        for transport in TRANSPORTS
    ]
    return pytest.mark.parametrize("caller", parameters)


def _slow(is_slow: bool) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] if is_slow else []


over_each_transport = _over_each_transport(is_long=False)
"""Run a test that covers no row over each transport."""

at_length_over_each_transport = _over_each_transport(is_long=True)
"""The same for one that takes seconds."""

_ROWS = {row.number: row for row in ROWS}

covered: dict[int, str] = {}
"""The number of each row that a test covers, and the test's name."""


def cases_of(number: int) -> Callable[[Test], Test]:
    """Run a test with each case of a row, over each transport."""
    parameters = [
        pytest.param(case, Ours(transport), id=f"{transport.name}-{case.name}", marks=_marks(number, case, transport))
        for transport in TRANSPORTS
        for case in _ROWS[number].cases
    ]
    parametrised = pytest.mark.parametrize(("case", "caller"), parameters)

    def cover(test: Test) -> Test:
        assert number not in covered, f"row {number} has two tests"
        covered[number] = test.__name__
        return parametrised(test)

    return cover


def _marks(number: int, case: Case, transport: Transport) -> list[pytest.MarkDecorator]:
    marks = _slow(case.is_slow or (number in _LONG_ROWS and transport is not HTTPX))
    if reason := transport.unmet.get((number, case.name)):
        marks.append(pytest.mark.xfail(reason=reason, strict=True))
    return marks
