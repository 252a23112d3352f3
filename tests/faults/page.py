"""The page of the fault matrix, `docs/faults.md`, made of the rows.

    python -m tests.faults.page

writes it. A test compares.
"""

from collections.abc import Container, Iterator
from pathlib import Path

from tests.faults.cases import Case
from tests.faults.observation import Required
from tests.faults.ours import TRANSPORTS
from tests.faults.rows import ROWS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"

_BEGINNING = """\
# Fault matrix

What a call does under each fault that the tests bring about, against real sockets, on asyncio's event loop and on
uvloop. `make faults` plays all of it over every transport, beside the official SDK, and prints what came of each.

"Requests" is how many reach the server. `billed` is what the call says that it can have cost; the server must have
made no image for a call that says "no". [Errors and money](guides/errors.md) has the rules behind it.

| # | fault | how | outcome | billed | requests |
|--:|---|---|---|---|---|
"""

_UNMET = """
## What other transports do not meet

Over the client's own connections and over `over_aiohttp()` every row holds.

| transport | row | how | because |
|---|--:|---|---|
"""


def make_page() -> str:
    """Return the page."""
    rows = "".join(_row(row.number, row.fault, case) for row in ROWS for case in row.cases)
    unmet = "".join(
        f"| {transport.name} | {number} | {_cell(case)} | {_cell(reason)} |\n"
        for transport in TRANSPORTS
        for (number, case), reason in transport.unmet.items()
    )
    return f"{_BEGINNING}{rows}{_UNMET}{unmet}"


def _row(number: int, fault: str, case: Case) -> str:
    required = case.of_own or case.required
    outcome = " or ".join(f"`{error.__name__}`" for error in required.errors) or "success"
    also = "".join(f", or {' or '.join(e.__name__ for e in each.errors) or 'success'}" for each in case.also_allowed)
    billed = "" if required.billed == "-" else required.billed
    cells = (str(number), fault, case.name, outcome + (also if case.of_own is None else ""), billed, _posts(required))
    return f"| {' | '.join(map(_cell, cells))} |\n"


def _posts(required: Required) -> str:
    counts = list(_counts(required.posts))
    return " to ".join(map(str, sorted({counts[0], counts[-1]}))) if counts else ""


def _counts(allowed: Container[int | None]) -> Iterator[int]:
    """Yield the numbers of requests that a row allows. No row asks for 100."""
    return (number for number in range(100) if number in allowed)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
