"""Regular expressions of ECMA-262 as those of Python: what one matches, the other does."""

import re
from collections.abc import Iterator, Sequence
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, pinned, send
from tests.support.server import ScriptedServer
from tools.generate.patterns import UntranslatableError, python_expression
from tools.generate.view import view_of

MATCHES: Sequence[tuple[str, Sequence[str], Sequence[str]]] = [
    (r"^\d+$", ["12"], ["\u0661\u0662", "12\n", ""]),
    (r"a$", ["ba"], ["a\n"]),
    (r"^(a$|b)", ["a", "b"], ["a\n"]),
    (r"^\$a\.$", ["$a."], ["$ab"]),
    (r"^[$.]$", ["$", "."], ["a"]),
    (r"^\w+$", ["a_1"], ["é"]),
    (r"\bé", ["xé"], ["é"]),
    (r"^\s$", [" ", "\t", "\xa0", "\ufeff", "\u2028"], ["\x1c", "a"]),
    (r"^\S+$", ["é", "\x1c"], ["\xa0"]),
    (r"^[^\s,]+$", ["a"], ["\xa0", ","]),
    (r"^[\s\S]*$", ["a\nb", ""], []),
    (r"^.$", ["a"], ["\n", "\r", "\u2028"]),
    (r"^[^]$", ["\n"], ["ab"]),
    (r"[]", [], ["", "a"]),
    (r"^https:\/\/", ["https://x"], ["http:"]),
    (r"^(?<year>\d{4})-\k<year>$", ["2020-2020"], ["2020-2021"]),
    (r"^\u{1F600}[\u{61}-c]\x41\u0042$", ["😀bAB"], ["😀dAB"]),
    (r"^\cJ\0\v$", ["\n\0\v"], ["J"]),
    (r"^[\w-.]+$", ["a-."], ["é"]),
    (r"^[.-\w]+$", ["a-."], ["-é"]),
    (r"^[[]a]$", ["[a]"], ["a"]),
    (r"^[a-z&&b|~~]+$", ["a&|~"], ["A"]),
    (r"^a{,3}$", ["a{,3}"], ["aa"]),
    (r"^\-\_\@\i$", ["-_@i"], [""]),
    (r"^(?!x$)(?=.*\d).+$", ["x1"], ["x", "xy"]),
    (r"(?<=a)b(?<!c)", ["ab"], ["b"]),
]

UNKNOWN = [
    (r"^\p{L}+$", r"Python knows no \\p\{L\}"),
    (r"\Aa\z", "an anchor elsewhere"),
    (r"(?<=a+)b", "fixed-width"),
    (r"[\ud800-\udbff][\udc00-\udfff]", "half of a character"),
    (r"/^\d+$/i", "a literal of JavaScript"),
    (r"(?<$a>x)", r"no group named \$a"),
    (r"(", "unterminated"),
]


@pytest.mark.parametrize(("pattern", "matched", "others"), MATCHES, ids=[pattern for pattern, *_ in MATCHES])
def test_an_expression_matches_what_its_pattern_does(
    pattern: str, matched: Sequence[str], others: Sequence[str]
) -> None:
    """Sets, ends, escapes, classes and groups mean in Python what they mean in ECMA-262."""
    expression = re.compile(python_expression(pattern))
    assert [text for text in (*matched, *others) if expression.search(text)] == list(matched)


@pytest.mark.parametrize(("pattern", "reason"), UNKNOWN, ids=[pattern for pattern, _ in UNKNOWN])
def test_what_python_cannot_say_is_no_expression(pattern: str, reason: str) -> None:
    """The reason goes into the note."""
    with pytest.raises(UntranslatableError, match=reason):
        python_expression(pattern)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("patterns"), tmp_path_factory.mktemp("patterns"), "patterns") as module:
        yield module


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("code", "\N{ARABIC-INDIC DIGIT ONE}", r"code: must match \^\\d\+\$"),
        ("digits", "1\n", r"digits: must match \^\\d\+\$"),
        ("either", "a\n", "either: must match"),
        ("items", ["é"], "items: each item .*must match"),
        ("both", "0", r"both: must match \^\[1-9\]"),
    ],
)
async def test_a_value_that_does_not_match_is_refused(
    package: ModuleType, scripted: ScriptedServer, name: str, value: object, complaint: str
) -> None:
    """The error shows the pattern as the document has it."""
    with pytest.raises(package.InvalidRequestError, match=complaint):
        await send(package, scripted, "match", {name: value})


async def test_a_pattern_that_python_does_not_know_refuses_nothing(
    package: ModuleType, scripted: ScriptedServer
) -> None:
    """The server judges, and the command says that the client does not."""
    scripted.respond(204)
    assert (await send(package, scripted, "match", {"letters": "é"})).body.decode() == '{"letters":"é"}'
    [note] = view_of(pinned(document("patterns")).document).notes
    assert note.endswith(r"letters/pattern: ^\p{L}+$ is not checked: Python knows no \p{L}")
