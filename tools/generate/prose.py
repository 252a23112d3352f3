"""Docstrings, out of the document's descriptions: one line that says what it is, then the rest."""

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

from openapi_python_client.schema import UntrustedString

WIDTH = 100
"""The longest line, its indentation included."""

_SENTENCE = re.compile(r"(?P<first>.*?[.!?])(?:\s+(?=[^a-z])(?P<rest>.*))?", re.DOTALL)
_VERBATIM = re.compile(r"[ \t]|[-*+>|#`~]|\d+[.)]\s")
"""How a line begins that is not running text: Markdown's lists, tables, quotes, headings and code."""

_MAX_PIECE = 70
"""Characters of a string in one line. Written as escapes they can be longer, and are rarely."""

_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
"""The classes of characters that embed, override or isolate a direction (UAX #9, section 3.2)."""


def docstring(text: str) -> str:
    """Return a string literal in triple quotes that holds a text.

    Triple quotes within the text become single ones, and a text with backslashes a raw string.
    """
    lines = [line.rstrip() for line in text.replace('"""', "'''").strip().split("\n")]
    prefix = "r" if any("\\" in line for line in lines) else ""
    body = "\n".join(lines if len(lines) == 1 else [*lines, ""])
    return f'{prefix}"""{body}"""'


def wrapped_literal(text: UntrustedString) -> str:
    """Return a string literal that holds a text as it is, in several lines if it is long."""
    value = text.get_untrusted_value()
    pieces = [repr(value[start : start + _MAX_PIECE]) for start in range(0, len(value), _MAX_PIECE)]
    return repr(value) if len(pieces) < 2 else f"({' '.join(pieces)})"


def literal(text: UntrustedString) -> str:
    """Return a string literal that holds a text as it is."""
    return repr(text.get_untrusted_value())


def described(description: UntrustedString | None, otherwise: str, *, indent: int = 0, before: str = "") -> str:
    """Return the summary line of a docstring, and below it the rest of the description.

    Args:
        description: The document's own words.
        otherwise: The summary, if the first sentence cannot be one.
        indent: How far the docstring is indented.
        before: What the summary begins with.
    """
    text = plain(description)
    first, _, others = text.partition("\n\n")
    paragraph = "\n".join(_blocks(first))
    found = _SENTENCE.fullmatch(paragraph)
    sentence = found["first"] if found else _ended(paragraph)
    room = WIDTH - indent - len('""""""') - len(before)
    if len(sentence) > room or "\n" in sentence or not sentence.endswith((".", "!", "?")):
        return f"{otherwise}\n\n{wrapped(text, indent)}".strip()
    rest = "\n\n".join(part for part in (found["rest"] if found else "", others) if part)
    return f"{before}{sentence if before else _capitalized(sentence)}\n\n{wrapped(rest, indent)}".strip()


def headline(description: UntrustedString | None, otherwise: str, *, before: str = "") -> str:
    """Return the summary line alone."""
    return described(description, otherwise, before=before).partition("\n")[0]


def entry(
    name: str,
    description: UntrustedString | None,
    server_default: UntrustedString | None = None,
    *,
    is_deprecated: bool = False,
) -> str:
    """Return an entry of a docstring's `Args`, `Attributes` or `Raises`, as it stands behind four spaces."""
    parts = ["Deprecated."] if is_deprecated else []
    parts += [_ended(plain(description))] if description else []
    parts += [f"The server's default is `{plain(server_default)}`."] if server_default is not None else []
    lines = wrapped(f"{name}: {' '.join(parts) or 'Not described.'}", indent=8, hanging=4)
    return textwrap.indent(lines, "    ").lstrip()


def listed(before: str, texts: Sequence[UntrustedString]) -> UntrustedString:
    """Return a sentence, and after it the texts that it announces."""
    return UntrustedString(before + "".join(f" {plain(text)}." for text in texts))


def plain(text: UntrustedString | None) -> str:
    """Remove control characters from a text of the document, and white space around its paragraphs.

    Characters that turn the direction of writing are among them: code would not be what it looks like.
    """
    value = text.get_untrusted_value() if text is not None else ""
    kept = "".join(character for character in value if character == "\n" or not _is_control(character))
    return re.sub(r"\n\s*\n", "\n\n", kept.strip())


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or unicodedata.bidirectional(character) in _TURNS


def wrapped(text: str, indent: int = 0, hanging: int = 0) -> str:
    """Lay out the paragraphs of a text anew; its lists and code stay as they are.

    Args:
        text: The text.
        indent: How far it will be indented.
        hanging: How much further each line after the first one is.
    """
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        lines += [""] if lines else []
        for block in _blocks(paragraph):
            start, width = " " * hanging if lines else "", WIDTH - indent
            if _VERBATIM.match(block):
                lines.append(start + block)
            else:
                lines += textwrap.wrap(
                    block,
                    width,
                    initial_indent=start,
                    subsequent_indent=" " * hanging,
                    break_long_words=False,
                    break_on_hyphens=False,
                )
    return "\n".join(lines)


def _blocks(paragraph: str) -> Iterator[str]:
    """Yield the lines of a paragraph, with those of running text joined."""
    running: list[str] = []
    for line in paragraph.split("\n"):
        if not _VERBATIM.match(line):
            running.append(line.strip())
            continue
        if running:
            yield " ".join(running)
            running = []
        yield line.rstrip()
    if running:
        yield " ".join(running)


def _ended(text: str) -> str:
    """Return the text with a full stop, if it ends without one."""
    return f"{text}." if text and (text[-1].isalnum() or text[-1] in "\"'`)]}") else text


def _capitalized(sentence: str) -> str:
    first = sentence.partition(" ")[0]
    return sentence[:1].upper() + sentence[1:] if first.isalpha() and first.islower() else sentence
