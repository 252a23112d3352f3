"""A page of rows: one file that opens from the disk, with nothing to load."""

import asyncio
import base64
import hashlib
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path

from attrs import frozen
from image_variations import __version__

from ..rows import Counts, Row, State
from ..storage import Storage
from ..text import show_text
from .pictures import Thumbnail, draw_original, draw_variation

_AHEAD = 8
"""Rows whose pictures are drawn at one time."""

_ORIGINAL = "Original"

_STATES: dict[State, str] = {"done": "✓", "failed": "✕", "unknown": "?", "pending": "…"}
"""The states in the order of the page, each with its sign: colour alone does not tell them apart."""


@frozen
class PageContext:
    """What a page knows beside its rows.

    Attributes:
        storage: Where the images are.
        folder: The folder of the page, which its links are relative to.
        counts: How many rows there are in each state.
        now: When it is made.
    """

    storage: Storage
    folder: Path
    counts: Counts
    now: datetime


async def render_page(blocks: AsyncIterable[Sequence[Row]], context: PageContext) -> AsyncIterator[str]:
    """Yield a page of rows, piece by piece. A few rows are drawn ahead, and no more are in memory."""
    yield _render_head(context)
    drawn: deque[asyncio.Task[str]] = deque()
    number = 0
    try:
        async for block in blocks:
            for row in block:
                number += 1
                drawn.append(asyncio.create_task(_render_row(row, number, context)))
                if len(drawn) == _AHEAD:
                    yield await drawn.popleft()
        while drawn:
            yield await drawn.popleft()
    finally:
        for task in drawn:
            task.cancel()
        await asyncio.gather(*drawn, return_exceptions=True)
    yield _render_foot(number, context)


def _text(value: object) -> str:
    """Return a text as it can stand anywhere in a page: between tags and in an attribute."""
    return escape(show_text(str(value)))


def _read_asset(name: str) -> str:
    return files("image_variations_cli.export").joinpath("assets", name).read_text(encoding="utf-8").strip()


def _allow(content: str) -> str:
    """Return what a content security policy calls a script or a style sheet that stands in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode('ascii')}'"


def _render_head(context: PageContext) -> str:
    style, script = _read_asset("page.css"), _read_asset("page.js")
    policy = f"default-src 'none'; img-src data:; style-src {_allow(style)}; script-src {_allow(script)}"
    name = context.storage.title
    counts, now = context.counts, context.now
    exported = f'<time datetime="{now.isoformat(timespec="seconds")}">{now:%Y-%m-%d %H:%M %Z}</time>'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<title>Image variations in {_text(name)}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#rows">Skip to the images</a>
<header>
<h1>Image variations <span class="folder">in <bdi>{_text(name)}</bdi></span></h1>
<p>{_count(counts.images, "image")} from {_count(counts.rows, "row")}, with {_count(counts.requests, "request")}.
Exported {exported}.</p>
</header>
<form class="filters" role="search" aria-label="Filter the rows">
<fieldset>
<legend>State</legend>
{_render_filter("all", "", counts.rows, is_checked=True)}
{"".join(_render_filter(state, sign, getattr(counts, state)) for state, sign in _STATES.items())}</fieldset>
<p class="search" hidden><label for="search">Search</label>
<input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="Name or reason"
aria-keyshortcuts="/"></p>
<p id="shown" role="status" hidden></p>
</form>
<main id="rows" tabindex="-1">
<ol>
"""


def _count(number: int, noun: str) -> str:
    return f"<b>{number:,}</b> {noun if number == 1 else noun + 's'}"


def _render_filter(state: str, sign: str, count: int, *, is_checked: bool = False) -> str:
    mark = f'<span class="sign" aria-hidden="true">{sign}</span>' if sign else ""
    return (
        f'<label class="{state}"><input type="radio" name="state" id="show-{state}" value="{state}"'
        f"{' checked' if is_checked else ''}>{mark}{state.capitalize()} <b>{count:,}</b></label>\n"
    )


async def _render_row(row: Row, number: int, context: PageContext) -> str:
    original = None
    if row.path is not None:
        original = await draw_original(Path(row.path), context.folder, row.content_digest)
    made = [await draw_variation(context.storage, name, context.folder) for name in row.files]
    figures = [_render_figure(original or Thumbnail(None, None, "It came without a file."), _ORIGINAL, row.name)]
    figures += [_render_figure(picture, f"Variation {at}", row.name) for at, picture in enumerate(made, 1)]
    return f"""<li class="row {row.state}">
<article aria-labelledby="row-{number}">
<h2 id="row-{number}"><bdi>{_text(row.name)}</bdi></h2>
<p class="state"><span class="sign" aria-hidden="true">{_STATES[row.state]}</span>{row.state}</p>
<div class="pictures">
{"".join(figures)}{_render_reason(row)}</div>
{_render_details(row)}</article>
</li>
"""


def _render_figure(picture: Thumbnail, caption: str, name: str) -> str:
    what = _text(f"{caption}: {name}")
    shown = f'<span class="missing" role="img" aria-label="{what}, not shown"></span>'
    if picture.data is not None:
        shown = f'<img src="{picture.data}" alt="{what}" loading="lazy" decoding="async">'
    linked = shown if picture.link is None else f'<a href="{_text(picture.link)}">{shown}</a>'
    note = f" <small>{_text(picture.note)}</small>" if picture.note else ""
    kind = ' class="original"' if caption == _ORIGINAL else ""
    return f"<figure{kind}>{linked}<figcaption>{caption}{note}</figcaption></figure>\n"


def _render_reason(row: Row) -> str:
    if row.state == "done":
        return ""
    problem = f"<b>{_text(row.problem)}</b> " if row.problem else ""
    return f'<p class="reason">{problem}{_describe_next(row)}</p>\n'


def _describe_next(row: Row) -> str:
    """Return what to do next about a row that is not done. Of an image that was refused, the reason says it."""
    match row.state, row.billed:
        case "pending", _:
            return "It is still to be sent. Run the batch again to go on."
        case "unknown", _:
            return "It may have been paid for. <code>image-variations retry --unknown</code> sends it again."
        case "failed", "yes":
            return "It was paid for. <code>image-variations retry --failed --billed</code> pays for it again."
        case "failed", _ if row.attempts:
            return "It cost nothing. <code>image-variations retry --failed</code> sends it again."
        case _:
            return "It was not sent, and cost nothing."


def _render_details(row: Row) -> str:
    requests = ", ".join(filter(None, (attempt.request_id for attempt in row.attempts)))
    entries = {
        "Fitted": row.note,
        "Fields": ", ".join(f"{name}={value}" for name, value in row.fields.items()),
        "Files": ", ".join(row.files),
        "Requests": f"{len(row.attempts)}{f' ({requests})' if requests else ''}" if row.attempts else None,
        "Paid": row.billed if row.attempts else None,
        "Original": row.path,
    }
    listed = "".join(f"<dt>{term}</dt><dd><bdi>{_text(value)}</bdi></dd>" for term, value in entries.items() if value)
    return f"<details><summary>Details</summary><dl>{listed}</dl></details>\n" if listed else ""


def _render_foot(number: int, context: PageContext) -> str:
    empty = "" if number else '<p class="empty">There are no rows yet.</p>\n'
    return f"""</ol>
{empty}<p class="empty" id="none" hidden>No row is like that.</p>
</main>
<footer>Written by image-variations {__version__}.</footer>
<script>{_read_asset("page.js")}</script>
</body>
</html>
"""
