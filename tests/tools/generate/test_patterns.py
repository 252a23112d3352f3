"""Regular expressions of ECMA-262 as those of Python: what one matches, the other does."""

import math
import re
from collections.abc import Iterator, Sequence
from types import ModuleType

import pytest

from tests.support.kinds import client_of, document, pinned, send
from tests.support.server import ScriptedServer
from tools.generate.backtracking import degree_of
from tools.generate.patterns import UntranslatableError, bounded, python_expression
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


DEGREES: Sequence[tuple[str, float]] = [
    (r"^(a+)+$", math.inf),
    (r"^(a|a)*$", math.inf),
    (r"^(a|b|ab)*$", math.inf),
    (r"^(?:a{0,2})*$", math.inf),
    (r"^(\w+\s?)*$", math.inf),
    (r"(x+x+)+y", math.inf),
    (r"^(?=(a+)+$)a", math.inf),
    (r"^(a*)\1*$", math.inf),
    (r"^(.*,){11}P", 8),
    (r"^\s*(.*)\s*$", 3),
    (r"^[a-z0-9]+(?:-[a-z0-9]+)*$", 2),
    (r"^([a-z]{1,63}\.)+[a-z]{2,}$", 2),
    (r"a+$", 2),
    (r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", 1),
    (r"^((a|b)(c|d))*$", 1),
    (r"^(a{,3}b)+$", 1),
    (r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", 0),
    (r"^https?://", 0),
    ("", 0),
]


@pytest.mark.parametrize(("pattern", "degree"), DEGREES, ids=[pattern for pattern, _ in DEGREES])
def test_the_time_of_a_search_is_known_beforehand(pattern: str, degree: float) -> None:
    """Loops within loops that take the same text are exponential; loops after one another multiply."""
    assert degree_of(python_expression(pattern)) == degree


def test_no_pattern_can_hang_a_call() -> None:
    """An exponential pattern is left to the server, and a long value to it too if others would take long for it."""
    with pytest.raises(UntranslatableError, match="exponential time"):
        bounded(python_expression(r"^(a+)+$"))
    expression, longest = bounded(python_expression(r"^.*a.*b.*$"))
    assert longest == 215
    assert re.search(expression, "a" * 215) is None
    assert re.search(expression, "a" * 216)
    assert bounded(python_expression(r"^\d+$")) == (r"(?a:^\d+\Z)", None)


def test_an_expression_of_any_length_is_judged_in_time() -> None:
    """One that is too long to be judged is left to the server."""
    with pytest.raises(UntranslatableError, match="too long to say"):
        bounded(python_expression("|".join(f"[a-{chr(98 + index % 24)}]{{0,7}}" for index in range(200))))


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
