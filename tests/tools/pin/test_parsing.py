"""Documents as values: YAML by its version 1.2, JSON, and bounds on both."""

import time
from pathlib import Path

import pytest

from tools.openapi.document import DocumentError, load, parse_document
from tools.openapi.yaml import ParseError, parse

READ_BY_12: list[tuple[str, object]] = [
    ("on", "on"),
    ("No", "No"),
    ("true", True),
    ("FALSE", False),
    ("~", None),
    ("", None),
    ("Null", None),
    ("2024-02-29", "2024-02-29"),
    ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
    ("12:30:00", "12:30:00"),
    ("017", 17),
    ("0o17", 15),
    ("0x1F", 31),
    ("0x", "0x"),
    ("1_000", "1_000"),
    ("+5", 5),
    ("-a", "-a"),
    ("1e3", 1000.0),
    (".5", 0.5),
    ("1.", 1.0),
    ("'1'", "1"),
    ("! 1", "1"),
    ("!!str 1", "1"),
    ("!!int 1", 1),
    ("=", "="),
    ("{b: &x 1, c: *x}", {"b": 1, "c": 1}),
    ("[&x 1, &x 2, *x]", [1, 2, 2]),
    ("&x {b: &x 1, c: *x}", {"b": 1, "c": 1}),
    ("{<<: {b: 1, c: 2}, b: 3}", {"b": 3, "c": 2}),
    ("{<<: [{b: 1}, {b: 2, c: 3}]}", {"b": 1, "c": 3}),
    ("{200: x, null: y, 1.0: z}", {"200": "x", "null": "y", "1.0": "z"}),
    ("[&k key, {*k : 1}]", ["key", {"key": 1}]),
    ("{&k key: *k}", {"key": "key"}),
]


@pytest.mark.parametrize(("text", "value"), READ_BY_12, ids=[text for text, _ in READ_BY_12])
def test_yaml_is_read_by_its_version_12(text: str, value: object) -> None:
    """What YAML 1.1 makes of words, dates and times stays text; keys are text; the last anchor of a name counts."""
    read = parse(f"a: {text}\n")
    assert read == {"a": value}
    assert repr(read) == repr({"a": value})


def test_json_is_read_as_json() -> None:
    """Surrogate pairs and tabs, which YAML has not, are fine; braces may be YAML's all the same."""
    assert parse('{\t"a": "\\ud83d\\ude00", "b": [1, 1.5, null]}') == {"a": "😀", "b": [1, 1.5, None]}
    assert parse("{a: on}") == {"a": "on"}


REFUSED = [
    ("a: 1\na: 2", "line 2: the key 'a' is there twice"),
    ('{"a": 1, "b": 2, "a": 3}', "the key 'a' is there twice"),
    ("a: &x {b: *x}", "line 1: the alias *x is within what it stands for"),
    ("a: *x", "line 1: the alias *x stands for nothing"),
    ("a: 1\n---\nb: 2", "line 2: a second document begins"),
    ("? [a]\n: b", "line 1: a key has to be text"),
    ("? {a: b}\n: b", "line 1: a key has to be text"),
    ("{a: &x 1, *x : 2}", "line 1: a key has to be text"),
    ("a: !!python/name:os.system x", "line 1: the tag tag:yaml.org,2002:python/name:os.system is none of JSON's"),
    ("a: !!map [1]", "line 1: the tag tag:yaml.org,2002:map is none of JSON's"),
    ("a: !!int x", "line 1: 'x' is not a value of the tag tag:yaml.org,2002:int"),
    ("a: {b: 1, <<: 2}", "line 1: what << names has to be a mapping"),
    ("a: .inf", "line 1: .inf is not a number of JSON's"),
    ("a: 1e999", "line 1: 1e999 is not a number of JSON's"),
    ('{"a": NaN}', "NaN is not a number of JSON's"),
    ('{"a": 1e999}', "1e999 is not a number of JSON's"),
    ('{"a": "\\ud800"}', "half of a surrogate pair is not a character"),
    (f"a: {'9' * 5000}", "line 1: the number 99999999999999999999... has more than 400 digits"),
    (f'{{"a": {"9" * 5000}}}', "the number 99999999999999999999... has more than 400 digits"),
    ("a: [1, {b: 2", "line 2: did not find expected ',' or '}' while parsing a flow mapping"),
    ("a: \x07", 'line 1: unacceptable character #x0007: control characters are not allowed in "<unicode string>"'),
    ("[" * 100_000, "more than 200 levels are nested"),
    ("[" * 300 + "]" * 300, "more than 200 levels are nested"),
    ("- " * 5000, "line 1: more than 200 levels are nested"),
]


@pytest.mark.parametrize(("text", "complaint"), REFUSED, ids=[complaint for _, complaint in REFUSED])
def test_what_has_no_one_reading_is_refused_with_its_line(text: str, complaint: str) -> None:
    """Nothing is guessed, and nothing of another kind of error escapes."""
    with pytest.raises(ParseError) as refusal:
        parse(text)
    assert str(refusal.value).startswith(complaint)


def test_json_that_is_broken_is_refused_as_json(tmp_path: Path) -> None:
    """Where the file says that it is JSON, the complaint is about JSON, and names the line."""
    path = tmp_path / "document.json"
    path.write_text('{"a": 1,\n"b" 2}')
    with pytest.raises(DocumentError, match=r"document\.json: line 2: Expecting ':' delimiter"):
        load(path)


def test_aliases_that_unfold_to_billions_are_refused_at_once() -> None:
    """Values are counted as if unfolded, and the count ends long before they are."""
    lines = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40))]
    began = time.process_time()
    with pytest.raises(ParseError, match="more than 2,000,000 values, its aliases unfolded"):
        parse("\n".join(lines))
    assert time.process_time() - began < 1


def test_json_of_too_many_values_is_refused() -> None:
    """The bound on values holds for JSON too."""
    with pytest.raises(ParseError, match="more than 2,000,000 values"):
        parse("[" + "0," * 2_000_001 + "0]")


def test_a_document_has_to_be_an_object(tmp_path: Path) -> None:
    """A list is not a document, nor are bytes that are not UTF-8; a byte order mark is not a harm."""
    with pytest.raises(DocumentError, match="an OpenAPI document is an object"):
        parse_document("- a", "list")
    path = tmp_path / "document.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DocumentError, match="utf-8"):
        load(path)
    path.write_bytes(b"\xef\xbb\xbfa: 1")
    assert load(path) == {"a": 1}
