"""The pages for developers: what they mention is there."""

import subprocess
from pathlib import Path

import pytest

from tools.check.pages import lost_spans, stale_pages
from tools.paths import ROOT

MODULE = """
LIMIT = 1
_shares: int = 2

class Call:
    slots: int
    def run(self): ...

async def send(): ...
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a Makefile, a module of the runtime, one of the tools, and a folder of tests."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)  # noqa: S607  # git from PATH, as the tool runs it
    for path, text in {
        "Makefile": "check: setup\ntest-all:\ntest:\n",
        "templates/_runtime/call/call.py": MODULE,
        "tools/pin/pin.py": "def pin(): ...\n",
        "tests/call/__init__.py": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_whatever_the_committed_pages_mention_is_there() -> None:
    """Files, functions, targets and links."""
    assert stale_pages(ROOT) == []


@pytest.mark.parametrize(
    "text",
    [
        *("`tools/pin/pin.py`", "`tools/pin/`", "`tools/*/pin.py`", "`call/call.py`", "`Makefile`", "`call/`"),
        *("`Call.run` in `call/call.py`", "`run` in `call/call.py`", "`Call.slots`, `call/call.py`"),
        *("`LIMIT`, `_shares` and `send` in `call/call.py`", "`pin` and `send`: `call/call.py`, `tools/pin/pin.py`"),
        *("`make check`", "`make test-all`", "`make test ROOM=call`", "`make check SPEC=…`", "`Client(headers=…)`"),
    ],
)
def test_what_is_there_is_no_complaint(checkout: Path, text: str) -> None:
    """Paths from the root and from the runtime, names that a file of the paragraph defines, and targets of make."""
    assert lost_spans(checkout, text, has_names=True) == []


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("`tools/pin/other.py` and `tools/pin/`", "tools/pin/other.py"),
        ("`call/policy.py`", "call/policy.py"),
        ("`Call.stop` in `call/call.py`", "Call.stop"),
        ("`pin` in `call/call.py`", "pin"),
        ("`pin`", "pin"),
        ("| `pin` |\n| `tools/pin/pin.py` |", "pin"),
        ("- `pin`\n- `tools/pin/pin.py`", "pin"),
        ("`pin`\n\n`tools/pin/pin.py`", "pin"),
        ("`make rest`", "make rest"),
        ("`make test ROOM=images`", "make test ROOM=images"),
    ],
)
def test_what_is_not_there_is_named(checkout: Path, text: str, lost: str) -> None:
    """A file that is gone, a name that no file of the same paragraph, row or item defines, and a target of nothing."""
    assert lost_spans(checkout, text, has_names=True) == [lost]


def test_names_count_in_the_architecture_alone(checkout: Path) -> None:
    """Other pages have words in code spans that are no names of the code."""
    assert lost_spans(checkout, "`breaking`", has_names=False) == []


def test_a_link_that_leads_nowhere_is_named(checkout: Path) -> None:
    """From any page, to a file or a folder; the web and places on the same page are not looked at."""
    page = checkout / "docs" / "one.md"
    page.parent.mkdir()
    page.write_text(
        "[a](../tools/pin/pin.py) [b](two.md#top) [c](https://example.com/x) [d](#here)\n```\n[e](f)\n```\n"
    )
    assert stale_pages(checkout) == [f"{page}: mentions two.md, which is not there"]
