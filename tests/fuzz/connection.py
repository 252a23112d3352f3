"""Byte streams that no server should send, played at the connection over real sockets.

A case is made from the seed and its number alone. After each, the next request over the same pool has to get its own
response. What the connection makes of the stream is held against `http.client` and aiohttp; where one of them differs,
that has to stand in the list of differences.
"""

import asyncio
import os
import ssl
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from attrs import frozen

from tests.faults.scenes.connecting import authority, server_tls
from tests.fuzz.differences import Reader, difference_in, rule_broken_by
from tests.fuzz.readings import Reading, read_with_aiohttp, read_with_http_client
from tests.fuzz.stage import Stage
from tests.fuzz.streams import Case, Maker

_AT_ONCE = 16

Counts = Counter[str]


@frozen
class Finding:
    """A case that did not end as it must."""

    number: int
    case: Case
    complaint: str


def run(seed: int, numbers: Sequence[int], under_way: set[int]) -> tuple[Counts, Finding | None]:
    """Play cases, up to the first that does not end as it must.

    Odd numbers are played on uvloop, where it is installed, and one in ten over TLS.

    Args:
        seed: What the cases are made from.
        numbers: Their numbers.
        under_way: Holds the numbers of those that have begun and not ended.

    Returns:
        How often each outcome and each difference came, and the case at fault.
    """
    counts: Counts = Counter()
    finding: Finding | None = None
    for parity, loop_factory in enumerate((asyncio.new_event_loop, _uvloop())):
        chosen = [number for number in numbers if number % 2 == parity]
        if chosen and finding is None:
            with asyncio.Runner(loop_factory=loop_factory) as runner:
                more, finding = runner.run(play(seed, chosen, under_way))
                counts += more
    return counts, finding


def _uvloop() -> Callable[[], asyncio.AbstractEventLoop]:
    if find_spec("uvloop") is None:
        return asyncio.new_event_loop
    return cast("Callable[[], asyncio.AbstractEventLoop]", import_module("uvloop").new_event_loop)


async def play(seed: int, numbers: Sequence[int], under_way: set[int]) -> tuple[Counts, Finding | None]:
    """Play cases on this event loop, as `run` does."""
    counts: Counts = Counter()
    findings: list[Finding] = []
    left = iter(numbers)
    sockets = _open_sockets()
    async with asyncio.TaskGroup() as players:
        for _ in range(min(_AT_ONCE, len(numbers))):
            players.create_task(_play(Maker(seed), left, under_way, counts, findings))
    if not findings and not await _falls_to(sockets):
        raise RuntimeError(f"{_open_sockets() - sockets} sockets were left open")
    return counts, findings[0] if findings else None


async def _play(
    maker: Maker, numbers: Iterator[int], under_way: set[int], counts: Counts, findings: list[Finding]
) -> None:
    async with AsyncExitStack() as stages:
        plain = await stages.enter_async_context(Stage())
        secure = await stages.enter_async_context(Stage((server_tls(), _client_tls())))
        for number in numbers:
            if findings:
                break
            under_way.add(number)
            case = maker.case(number)
            complaint = await _complaint_about(case, secure if number % 20 < 2 else plain, counts)
            if complaint is not None:
                findings.append(Finding(number, case, complaint))
            under_way.discard(number)


async def _complaint_about(case: Case, stage: Stage, counts: Counts) -> str | None:
    opinions: dict[Reader, Reading] = {
        "http.client": read_with_http_client(case.stream, case.ending, case.method),
        "aiohttp": read_with_aiohttp(case.stream, case.ending, case.method),
    }
    outcome = await stage.play(case, may_wait=any(reading.kind == "waits" for reading in opinions.values()))
    if outcome.complaint is not None:
        return outcome.complaint
    if (rule := rule_broken_by(case, outcome.ours)) is not None:
        return f"was taken in spite of {rule.name} ({rule.section})"
    counts[f"{outcome.ours.kind} {outcome.ours.status or ''}".strip()] += 1
    for reader, reading in opinions.items():
        if agree(case, outcome.ours, reading):
            continue
        difference = difference_in(case, reader, outcome.ours)
        if difference is None:
            return f"reads as {outcome.ours}, but to {reader} as {reading}"
        counts[f"{reader}: {difference.name}"] += 1
    return None


def agree(case: Case, ours: Reading, theirs: Reading) -> bool:
    """Whether two readings agree. A client that did not read all of a body knows only how it began."""
    if case.reads == "all" or ours.kind != "whole":
        return ours.is_same(theirs)
    return theirs.kind != "whole" or (ours.status, ours.headers) == (theirs.status, theirs.headers)


@cache
def _client_tls() -> ssl.SSLContext:
    with authority().cert_pem.tempfile() as certificate:
        return ssl.create_default_context(cafile=certificate)


def _open_sockets() -> int:
    """Count the sockets of this process, on Linux."""
    number = 0
    for descriptor in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):  # that of the folder is closed by now
            number += os.readlink(descriptor).startswith("socket:")
    return number


async def _falls_to(number: int) -> bool:
    """Wait until no more sockets are open."""
    for _ in range(1000):
        if _open_sockets() <= number:
            return True
        await asyncio.sleep(0.01)
    return False
