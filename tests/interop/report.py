"""`REPORT.md`: which servers the client works with, when that was last seen, and what is odd about them.

What a server does stands in its recipe, which was found to be right when the server was last tried. So the report keeps
of a run only the version and the day, in the first table, where the next run reads those of the servers that it does
not try.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from tests.interop.recipes import Recipe
from tests.interop.scenes import USUAL, Scene

REPORT = Path(__file__).parent / "REPORT.md"

_INTRODUCTION = """\
# Does this client work with the server that you have?

Written by `make interop`, which starts each of these servers from its package, drives it over every transport, compares
what comes of it with what is expected, and stops it again. A row keeps the version and the day of the last time that
all was as expected.
"""

_ROW = re.compile(r"\| \[(?P<title>[^]]+)\]\(#[^)]+\) \| (?P<version>[^|]+) \| (?P<date>[\d-]+) \|")


@frozen
class Seen:
    """When a server last did what its recipe says, and its version."""

    version: str
    date: str


def read_report(text: str) -> dict[str, Seen]:
    """Return what a report says of each server, by their titles."""
    return {found["title"]: Seen(found["version"], found["date"]) for found in _ROW.finditer(text)}


def make_report(recipes: Sequence[Recipe], seen: Mapping[str, Seen]) -> str:
    """Return the report of servers that were seen."""
    shown = [recipe for recipe in recipes if recipe.title in seen]
    parts = [
        _INTRODUCTION,
        "\n".join(_overview(shown, seen)),
        _LEGEND,
        *("\n".join(_section(recipe)) for recipe in shown),
    ]
    return "\n".join(f"{part.rstrip()}\n" for part in parts)


_LEGEND = """\
"As a mock" means that the server invents what it responds; all others passed calls on to the reference server of this
repository. "With care" means that what to know may cost money. Below, "billed" is what an error says its call can have
cost, and "repeated" that the client sent the request more than once. Where transports differ, the one that does is
named.
"""


def _overview(recipes: Iterable[Recipe], seen: Mapping[str, Seen]) -> Iterable[str]:
    yield f"| server | version | seen | works | {' | '.join(f'`{name}`' for name in USUAL)} | what to know |"
    yield "|---" * (5 + len(USUAL)) + "|"
    for recipe in recipes:
        of = seen[recipe.title]
        verdicts = [_verdict(recipe, transport) for transport in USUAL]
        cells = (_link(recipe.title), of.version, of.date, recipe.works, *verdicts, recipe.quirks[0])
        yield f"| {' | '.join(cells)} |"


def _link(heading: str) -> str:
    """Return a link to a heading, by the anchor that pages in Markdown give it."""
    anchor = re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-"))
    return f"[{heading}](#{anchor})"


def _verdict(recipe: Recipe, transport: str) -> str:
    differs = any(transport in scene.unlike for scene in recipe.scenes)
    return "differs" if differs else "yes" if recipe.works != "no" else "no"


def _section(recipe: Recipe) -> Iterable[str]:
    yield f"## {recipe.title}\n"
    yield f"{recipe.what[0].upper()}{recipe.what[1:]}.\n"
    yield from (f"- {quirk}" for quirk in recipe.quirks)
    yield "\n| what a caller does | what comes of it |"
    yield "|---|---|"
    yield from (f"| {scene.name} | {_outcome(scene)} |" for scene in recipe.scenes)


def _outcome(scene: Scene) -> str:
    """Say what comes of a scene, and over which transports something else does."""
    others: dict[str, list[str]] = {}
    for transport, outcome in scene.unlike.items():
        others.setdefault(outcome, []).append(f"`{transport}`")
    parts = [f"over {' and '.join(transports)}: {outcome}" for outcome, transports in others.items()]
    only = f" (over `{scene.transports[0]}`)" if len(scene.transports) == 1 else ""
    return "; ".join([scene.expected + only, *parts])
