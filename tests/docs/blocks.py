"""The blocks of a page."""

import functools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import frozen
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]

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
    return re.search("^ *```(python|sh|yaml)$", page.read_text(encoding="utf-8"), re.MULTILINE) is not None


@functools.cache
def blocks_of(page: Path) -> Sequence[Block]:
    """Return the blocks of Python, YAML and shell commands on a page, in order."""
    return tuple(_blocks(MarkdownIt("commonmark").parse(page.read_text(encoding="utf-8"))))


def _blocks(tokens: list[Token]) -> Iterator[Block]:
    for token, below in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "fence" and token.map and token.info in ("python", "sh", "yaml"):
            printed = below.content if below and below.type == "fence" and below.info == "text" else None
            yield Block(token.map[0] + 2, token.info, token.content, printed)
