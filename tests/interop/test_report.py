"""The report says what the recipes say, and when that was last seen."""

from pathlib import Path

from attrs import evolve

from tests.interop.__main__ import update_report
from tests.interop.installs import Debian
from tests.interop.report import REPORT, Seen, make_report, read_report
from tests.interop.runner import Result
from tests.interop.scenes import draw
from tests.interop.servers import RECIPES

FIRST, SECOND = RECIPES[:2]


def test_the_report_is_what_the_recipes_say() -> None:
    """An edit of a recipe is followed by `make interop`, so that nobody reads what nobody has seen."""
    text = REPORT.read_text(encoding="utf-8")
    seen = read_report(text)
    assert make_report(RECIPES, seen) == text
    assert list(seen) == [recipe.title for recipe in RECIPES]
    locked = {recipe.title: recipe.install.version for recipe in RECIPES if not isinstance(recipe.install, Debian)}
    assert {name: seen[name].version for name in locked} == locked


def test_a_run_changes_the_rows_of_the_servers_that_it_tried(tmp_path: Path) -> None:
    """A server that was skipped or failed keeps the day on which it was last seen to work."""
    report = tmp_path / "REPORT.md"
    old = {recipe.title: Seen("1", "2026-01-01") for recipe in RECIPES}
    report.write_text(make_report(RECIPES, old), encoding="utf-8")
    results = [Result(FIRST, version="2"), Result(SECOND, skipped="no network"), Result(RECIPES[2], failed="no")]
    update_report(results, RECIPES, report)
    seen = read_report(report.read_text(encoding="utf-8"))
    assert seen.pop(FIRST.title).version == "2"
    assert set(seen.values()) == {Seen("1", "2026-01-01")}


def test_a_transport_that_does_something_else_shows_at_a_glance() -> None:
    """Its column says that it differs, and the server's section how."""
    odd = evolve(FIRST.scenes[0], name="a call", act=draw(), unlike={"over_httpx": "nothing", "pyreqwest": "nothing"})
    text = make_report([evolve(FIRST, scenes=(odd,), quirks=("Odd.",))], {FIRST.title: Seen("1", "2026-01-01")})
    assert "| 1 | 2026-01-01 | yes | yes | differs | yes | differs | Odd. |" in text
    assert "| a call | 2 PNG images; over `over_httpx` and `pyreqwest`: nothing |" in text
