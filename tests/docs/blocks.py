"""The blocks of a page."""

import functools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]

RUN = ("python", "sh", "yaml")
"""What the blocks are called that run, or are written to a file."""

SHOWN = ("text", "json", "mermaid", "{eval-rst}", "{toctree}", "{include}", "{literalinclude}")
"""What other blocks are called, without their arguments."""

_ADMONITION = re.compile(r"\{(note|tip|hint|important|warning|caution|attention|danger|admonition)\}.*")

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


@frozen
class Block:
    """A block of code on a page.

    Attributes:
        line: Where its code begins, from 1.
        language: What it is written in.
        code: What it says.
        prints: What it prints, as far as the page says: the block of `text` right below it.
    """

    line: int
    language: str
    code: str
    prints: str | None

    @property
    def first_line(self) -> str:
        """The line that an exemption names."""
        return self.code.split("\n", 1)[0]


def has_blocks(page: Path) -> bool:
    """Whether a page has blocks, as far as its lines say."""
    return re.search(rf"[`~]{{3,}} *({'|'.join(RUN)})$", page.read_text(encoding="utf-8"), re.MULTILINE) is not None


@functools.cache
def blocks_of(page: Path) -> Sequence[Block]:
    """Return the blocks of Python, YAML and shell commands on a page, in order."""
    return tuple(_blocks(MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))))


def _blocks(tokens: list[Token], line: int = 0) -> Iterator[Block]:
    for token, below in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type != "fence" or not token.map:
            continue
        begin = line + token.map[0] + 1
        if token.info in RUN:
            printed = below.content if below and below.type == "fence" and below.info == "text" else None
            yield Block(begin + 1, token.info, token.content, printed)
        elif is_admonition(token.info):
            yield from _blocks(MarkdownIt("commonmark").parse(token.content), begin)


def is_admonition(kind: str) -> bool:
    """Whether a block is a note or the like, with blocks of its own."""
    return _ADMONITION.fullmatch(kind) is not None


def kinds_of(page: Path) -> set[str]:
    """Return what the blocks of a page say that they are."""
    tokens = MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))
    return {token.info for token in tokens if token.type == "fence"}
