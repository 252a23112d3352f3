"""Print the fault matrix and the ledger, this client beside the official SDK; exit with 1 where a row does not hold.

All of it takes some minutes, a few rows some seconds:

    python -m tests.faults.matrix
    python -m tests.faults.matrix --rows 7 12
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence

import openai
from attrs import frozen

from tests.faults.callers import Caller, Outcome
from tests.faults.cases import Case, Row
from tests.faults.ledger import CALLS, FAILING, SEED, Audit, audit, report
from tests.faults.observation import Observation
from tests.faults.official import Official
from tests.faults.ours import TRANSPORTS, Ours
from tests.faults.rows import ROWS

_ALONE = frozenset({4, 15, 35, 41})
"""Rows that look at what the whole process shares: its resolver, its memory, its loop's turns, its logs."""

_AT_ONCE = 8
"""How many of the other cases are played at once: some only wait."""

_LEGEND = """\
POSTs: how many reached the server; "0/3" is none over three connections. images: how many the server made.
The official SDK is as it comes, with the same timeouts."""

Place = tuple[Row, Case]
NewLoop = Callable[[], asyncio.AbstractEventLoop]


@frozen
class Line:
    """What came of one case, for this client and for the official SDK."""

    row: Row
    case: Case
    ours: Observation
    theirs: Observation
    unmet: str | None = None
    is_own: bool = False

    @property
    def violations(self) -> Sequence[str]:
        """What is not as required of this client. Nothing is required of the official SDK."""
        violations = self.case.violations(self.ours, is_own=self.is_own)
        if self.unmet:
            return [] if violations else ["it is met, and listed as unmet"]
        return violations

    @property
    def cells(self) -> Sequence[str]:
        """The line's columns."""
        verdict = "FAIL" if self.violations else "unmet" if self.unmet else "pass"
        ours, theirs = self.ours, self.theirs
        return (
            *(str(self.row.number), self.row.fault, self.case.name),
            *(_posts(ours), ours.outcome.name, ours.outcome.billed, verdict),
            *(_posts(theirs), "; ".join((theirs.outcome.name, *theirs.problems[:1]))),
            "-" if theirs.posts is None else str(theirs.made),
        )


def _posts(seen: Observation) -> str:
    if seen.posts is None:
        return "-"
    return f"0/{seen.tries}" if seen.posts == 0 and seen.tries else str(seen.posts)


async def play(callers: Sequence[Caller], places: Sequence[Place]) -> Mapping[str, Sequence[Observation]]:
    """Play cases with each caller, several at once where they do not disturb each other; by the callers' names."""
    slots = asyncio.Semaphore(_AT_ONCE)
    seen: dict[tuple[str, int], Observation] = {}

    async def see(caller: Caller, index: int) -> None:
        _, case = places[index]
        async with slots:
            try:
                seen[caller.name, index] = await case.play(caller)
            except TimeoutError as error:
                unfinished = Observation(Outcome(error), problems=(f"not over after {case.seconds:g} s",))
                seen[caller.name, index] = unfinished

    alone = {index for index, (row, _) in enumerate(places) if row.number in _ALONE}
    # The longest first: the others are played meanwhile.
    together = sorted(set(range(len(places))) - alone, key=lambda index: -places[index][1].seconds)
    await asyncio.gather(*(see(caller, index) for index in together for caller in callers))
    for index in sorted(alone):
        for caller in callers:
            await see(caller, index)
    return {caller.name: [seen[caller.name, index] for index in range(len(places))] for caller in callers}


def matrices(rows: Sequence[Row]) -> Mapping[str, Sequence[Line]]:
    """Play rows with everyone, each on the event loop that it is tested on, and put each beside the official SDK."""
    places = [(row, case) for row in rows for case in row.cases]
    official = Official()
    callers: dict[NewLoop, list[Caller]] = {asyncio.new_event_loop: [official]}
    for transport in TRANSPORTS:
        callers.setdefault(transport.new_loop, []).append(Ours(transport))
    played: dict[str, Sequence[Observation]] = {}
    for new_loop, together in callers.items():
        with asyncio.Runner(loop_factory=new_loop) as runner:
            played |= runner.run(play(together, places))
    return {
        transport.name: [
            Line(row, case, our, their, transport.unmet.get((row.number, case.name)), transport.is_own)
            for (row, case), our, their in zip(places, played[transport.name], played[official.name], strict=True)
        ]
        for transport in TRANSPORTS
    }


def table(name: str, matrix: Sequence[Line]) -> str:
    """The matrix of one transport."""
    headings = ("#", "fault", "case", "POSTs", "outcome", "billed", "", "POSTs", "outcome", "images")
    cells = [headings, *(line.cells for line in matrix)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(each, widths, strict=True)).rstrip() for each in cells]
    left, middle = (sum(widths[:end]) + 2 * end for end in (3, 7))
    above = f"{'':{left}}{f'this client over {name}':{middle - left}}openai {openai.__version__}"
    return "\n".join([above, lines[0], "-" * max(map(len, lines)), *lines[1:]])


def ledger() -> str:
    """What both sides of a thousand calls have in their books."""
    audits: dict[str, Audit] = {}
    for transport in TRANSPORTS:
        with asyncio.Runner(loop_factory=transport.new_loop) as runner:
            audits[f"over {transport.name}"] = runner.run(audit(Ours(transport)))
    audits[f"openai {openai.__version__}"] = asyncio.run(audit(Official()))
    return f"{CALLS} calls to a server of which {FAILING:.0%} of the answers fail (seed {SEED})\n\n{report(audits)}"


def show(rows: Sequence[Row], *, with_ledger: bool) -> tuple[str, bool]:
    """What to print, and whether every row holds."""
    played = matrices(rows)
    wrong = [
        f"row {line.row.number}, {line.case.name or line.row.fault}, over {name}: {'; '.join(line.violations)}"
        for name, matrix in played.items()
        for line in matrix
        if line.violations
    ]
    unmet = [
        f"row {line.row.number}, {line.case.name}, over {name}: unmet, for {line.unmet}"
        for name, matrix in played.items()
        for line in matrix
        if line.unmet
    ]
    parts = [*(table(name, matrix) for name, matrix in played.items()), _LEGEND, *filter(None, ["\n".join(unmet)])]
    parts += [ledger()] if with_ledger else []
    verdict = f"{len(rows)} rows hold{', but for the cases that are listed as unmet' if unmet else ''}"
    return "\n\n".join([*parts, "\n".join(wrong) or verdict]), not wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; the exit status is 1 where a row does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.matrix", description="Print the fault matrix.")
    numbers = [row.number for row in ROWS]
    parser.add_argument("--rows", type=int, nargs="+", choices=numbers, metavar="N", help="only these rows")
    chosen: list[int] | None = parser.parse_args(arguments).rows
    os.environ["NO_PROXY"] = "*"
    rows = [row for row in ROWS if row.number in (chosen or numbers)]
    text, holds = show(rows, with_ledger=not chosen)
    print(text)  # noqa: T201  # what the command is for
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
