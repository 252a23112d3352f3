"""Ties each row of the fault matrix to the test that covers it."""

from collections.abc import Awaitable, Callable

import pytest

from tests.faults.cases import Case
from tests.faults.ours import TRANSPORTS, Ours, Transport
from tests.faults.rows import ROWS

Test = Callable[[Case, Ours], Awaitable[None]]

over_each_transport = pytest.mark.parametrize(
    "caller", [pytest.param(Ours(transport), id=transport.name) for transport in TRANSPORTS]
)
"""Run a test that covers no row over each transport."""

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
    marks = [pytest.mark.slow] if case.is_slow else []
    if number in transport.unmet:
        marks.append(pytest.mark.xfail(reason=transport.unmet[number], strict=True))
    return marks
