"""Flow charts of Mermaid, as far as the page of the architecture needs them, drawn as SVG.

A reader without a network sees them too: Mermaid's own program would be loaded from elsewhere.
"""

import re
from collections.abc import Sequence
from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

_ARROW = re.compile(r"\w+\[(?P<start>[^\]]+)\] --> \w+\[(?P<end>[^\]]+)\]")
_PART = re.compile(r'subgraph "(?P<title>[^"]+)"(?P<body>.*?)\n\s*end\b', re.DOTALL)

_WIDTH, _HEIGHT, _GAP, _RISE = 124, 30, 14, 46

Arrows = Sequence[tuple[str, str]]


class Picture(SphinxDirective):
    """A block of Mermaid: its parts one below the other, each a caption and a drawing."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the drawings."""
        return [
            nodes.raw("", f"<figure><figcaption>{escape(title)}</figcaption>{draw(arrows)}</figure>", format="html")
            for title, arrows in read_parts("\n".join(self.content))
        ]


def read_parts(chart: str) -> list[tuple[str, Arrows]]:
    """Return the title and the arrows of each part of a chart."""
    return [
        (part["title"], [(arrow["start"], arrow["end"]) for arrow in _ARROW.finditer(part["body"])])
        for part in _PART.finditer(chart)
    ]


def rank(arrows: Arrows) -> dict[str, int]:
    """Return the row of each box: below every box that points to it. The arrows must not form a circle."""
    ranks = dict.fromkeys((name for arrow in arrows for name in arrow), 0)
    for _ in ranks:
        for start, end in arrows:
            ranks[end] = max(ranks[end], ranks[start] + 1)
    return ranks


def draw(arrows: Arrows) -> str:
    """Draw boxes in rows, and an arrow from the bottom of a box to the top of the one that it points to."""
    ranks = rank(arrows)
    rows = [[name for name, row in ranks.items() if row == number] for number in range(max(ranks.values()) + 1)]
    width = max(map(len, rows)) * (_WIDTH + _GAP)
    places = {
        name: (
            (width - len(row) * (_WIDTH + _GAP)) / 2 + place * (_WIDTH + _GAP) + _GAP / 2,
            number * (_HEIGHT + _RISE) + 1,
        )
        for number, row in enumerate(rows)
        for place, name in enumerate(row)
    }
    height = len(rows) * (_HEIGHT + _RISE) - _RISE + 2
    parts = [
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" style="max-width:100%;height:auto" '
        'font-size="13" text-anchor="middle" fill="none" stroke="currentColor">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="currentColor" stroke="none"/></marker></defs>',
        f"<title>{escape('; '.join(f'{start} imports {end}' for start, end in arrows))}</title>",
    ]
    for start, end in arrows:
        (left, top), (right, bottom) = places[start], places[end]
        parts.append(
            f'<path d="M{left + _WIDTH / 2:g} {top + _HEIGHT}L{right + _WIDTH / 2:g} {bottom}" marker-end="url(#tip)" '
            'opacity=".55"/>'
        )
    for name, (x, y) in places.items():
        parts.append(
            f'<rect x="{x:g}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" '
            'fill="var(--color-background-primary)"/>'
            f'<text x="{x + _WIDTH / 2:g}" y="{y + 20}" fill="currentColor" stroke="none">{escape(name)}</text>'
        )
    return "".join([*parts, "</svg>"])
