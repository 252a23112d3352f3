"""The frame around a batch: a signal is heeded by what the batch is just doing."""

import asyncio
import signal
from pathlib import Path
from typing import NoReturn

import pytest
from image_variations_cli.batch import Summary
from image_variations_cli.commands.output import Output
from image_variations_cli.commands.work import OnEvent, Place, work
from image_variations_cli.events import RowsFound
from image_variations_cli.rows import Counts

from tests.support.cli import lines_of


async def test_a_signal_while_sources_are_looked_for_ends_the_search(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is under way then, and a large folder takes long: the first one is enough."""

    async def run(on_event: OnEvent, stop: asyncio.Event) -> NoReturn:
        on_event(RowsFound(128, 0, 0, 0, is_complete=False))
        signal.raise_signal(signal.SIGINT)
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nothing ends that future")

    assert await work(run, Place(tmp_path), Output(is_json=True)) == 130
    assert [line["type"] for line in lines_of(capsys.readouterr().out)] == ["found", "error", "summary"]


async def test_a_signal_while_rows_are_sent_lets_them_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The batch is asked to stop, and takes its time."""

    async def run(on_event: OnEvent, stop: asyncio.Event) -> Summary:
        on_event(RowsFound(1, 0, 0, 0, is_complete=True))
        signal.raise_signal(signal.SIGTERM)
        await stop.wait()
        return Summary(counts=Counts(), wanted=Counts(), done=0, failed=0, unknown=0, images=0, was_stopped=True)

    assert await work(run, Place(tmp_path), Output(), is_dry=True) == 130
    assert "finishing the requests that are under way" in capsys.readouterr().err


async def test_a_ledger_that_goes_away_after_the_work_is_no_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The batch has ended well, and the summary says what it knew then."""

    async def run(on_event: OnEvent, stop: asyncio.Event) -> Summary:
        counts = Counts(done=7, images=7, requests=7)
        return Summary(counts=counts, wanted=counts, done=7, failed=0, unknown=0, images=7)

    assert await work(run, Place(tmp_path), Output(is_json=True)) == 0
    (summary,) = lines_of(capsys.readouterr().out)
    assert (summary["type"], summary["done"], summary["requests"]) == ("summary", 7, 7)
