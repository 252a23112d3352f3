"""How the values of parameters are written: the table of OpenAPI 3.1, section 4.8.12."""

from typing import Literal

import pytest

from templates._runtime.errors import InvalidRequestError
from templates._runtime.request.build import target_of
from templates._runtime.request.operation import Operation
from templates._runtime.request.parameters import Parameter
from templates._runtime.request.query import EncodedText
from templates._runtime.response.readers import NoBody

ARRAY = ["blue", "black", "brown"]
OBJECT = {"R": 100, "G": 200, "B": 150}

CELLS: list[tuple[Literal["path", "query", "header", "cookie"], str, bool, object, str]] = [
    ("path", "matrix", False, "", ";color"),
    ("path", "matrix", False, "blue", ";color=blue"),
    ("path", "matrix", False, ARRAY, ";color=blue,black,brown"),
    ("path", "matrix", False, OBJECT, ";color=R,100,G,200,B,150"),
    ("path", "matrix", False, [], ""),
    ("path", "matrix", True, "", ";color"),
    ("path", "matrix", True, "blue", ";color=blue"),
    ("path", "matrix", True, ARRAY, ";color=blue;color=black;color=brown"),
    ("path", "matrix", True, OBJECT, ";R=100;G=200;B=150"),
    ("path", "matrix", True, [], ""),
    ("path", "label", False, "", "."),
    ("path", "label", False, "blue", ".blue"),
    ("path", "label", False, ARRAY, ".blue,black,brown"),
    ("path", "label", False, OBJECT, ".R,100,G,200,B,150"),
    ("path", "label", False, [], ""),
    ("path", "label", True, "", "."),
    ("path", "label", True, "blue", ".blue"),
    ("path", "label", True, ARRAY, ".blue.black.brown"),
    ("path", "label", True, OBJECT, ".R=100.G=200.B=150"),
    ("path", "label", True, [], ""),
    ("path", "label", True, ["a.b", "c"], ".a%2Eb.c"),
    ("path", "simple", False, "blue", "blue"),
    ("path", "simple", False, ARRAY, "blue,black,brown"),
    ("path", "simple", False, OBJECT, "R,100,G,200,B,150"),
    ("path", "simple", True, "blue", "blue"),
    ("path", "simple", True, ARRAY, "blue,black,brown"),
    ("path", "simple", True, OBJECT, "R=100,G=200,B=150"),
    ("header", "simple", False, "", ""),
    ("header", "simple", False, "blue", "blue"),
    ("header", "simple", False, ARRAY, "blue,black,brown"),
    ("header", "simple", False, OBJECT, "R,100,G,200,B,150"),
    ("header", "simple", True, "", ""),
    ("header", "simple", True, "blue", "blue"),
    ("header", "simple", True, ARRAY, "blue,black,brown"),
    ("header", "simple", True, OBJECT, "R=100,G=200,B=150"),
    ("path", "simple", False, ["a,b", "c"], "a%2Cb,c"),
    ("header", "simple", False, ['"a,b"', "c"], '"a,b",c'),
    ("query", "form", False, "", "color="),
    ("query", "form", False, "blue", "color=blue"),
    ("query", "form", False, ARRAY, "color=blue,black,brown"),
    ("query", "form", False, OBJECT, "color=R,100,G,200,B,150"),
    ("query", "form", True, "", "color="),
    ("query", "form", True, "blue", "color=blue"),
    ("query", "form", True, ARRAY, "color=blue&color=black&color=brown"),
    ("query", "form", True, OBJECT, "R=100&G=200&B=150"),
    ("query", "form", False, ["a,b", "c"], "color=a%2Cb,c"),
    ("cookie", "form", False, "", "color="),
    ("cookie", "form", False, "blue", "color=blue"),
    ("cookie", "form", False, ARRAY, "color=blue,black,brown"),
    ("cookie", "form", False, OBJECT, "color=R,100,G,200,B,150"),
    ("cookie", "form", True, "", "color="),
    ("cookie", "form", True, "blue", "color=blue"),
    ("cookie", "form", True, ARRAY, "color=blue; color=black; color=brown"),
    ("cookie", "form", True, OBJECT, "R=100; G=200; B=150"),
    ("cookie", "form", False, ["a,b", "c"], "color=a%2Cb,c"),
    ("query", "form", False, [], ""),
    ("query", "form", False, {}, ""),
    ("query", "spaceDelimited", False, "blue", "color=blue"),
    ("query", "spaceDelimited", False, ARRAY, "color=blue%20black%20brown"),
    ("query", "spaceDelimited", False, OBJECT, "color=R%20100%20G%20200%20B%20150"),
    ("query", "spaceDelimited", True, ARRAY, "color=blue&color=black&color=brown"),
    ("query", "pipeDelimited", False, "blue", "color=blue"),
    ("query", "pipeDelimited", False, ARRAY, "color=blue%7Cblack%7Cbrown"),
    ("query", "pipeDelimited", False, OBJECT, "color=R%7C100%7CG%7C200%7CB%7C150"),
    ("query", "pipeDelimited", True, ARRAY, "color=blue&color=black&color=brown"),
    ("query", "deepObject", True, OBJECT, "color[R]=100&color[G]=200&color[B]=150"),
    ("query", "deepObject", True, {"R": {"x": 1}, "G": [1, 2]}, "color[R][x]=1&color[G]=1&color[G]=2"),
]


@pytest.mark.parametrize(("location", "style", "explode", "value", "expected"), CELLS)
def test_a_value_is_written_by_its_style(
    location: Literal["path", "query", "header", "cookie"], style: str, explode: bool, value: object, expected: str
) -> None:
    """Each cell of the table, with delimiters as they are and values percent-encoded."""
    parameter = Parameter("color", location, style=style, explode=explode, takes_object=isinstance(value, dict))
    path = "/{color}" if location == "path" else "/"
    target = target_of(Operation[None]("show", "GET", path, {"200": NoBody()}, (parameter,)), [value])
    written = {
        "path": target.path[1:],
        "query": "&".join(f"{name}={text}" for name, text in target.query),
        "header": target.headers.get("color", ""),
        "cookie": target.headers.get("Cookie", ""),
    }
    assert written[location] == expected


@pytest.mark.parametrize(
    ("location", "style", "value"),
    [
        ("path", "simple", ""),
        ("path", "simple", []),
        ("header", "simple", ["a,b", "c"]),
        ("query", "spaceDelimited", ["a b", "c"]),
        ("query", "pipeDelimited", ["a|b", "c"]),
    ],
)
def test_a_value_that_would_be_read_as_another_is_refused(
    location: Literal["path", "query", "header"], style: str, value: object
) -> None:
    """An empty segment of a path, and items that hold what separates them where it cannot be encoded."""
    parameter = Parameter("color", location, style=style, explode=False)
    path = "/{color}" if location == "path" else "/"
    with pytest.raises(InvalidRequestError, match="color: must not"):
        target_of(Operation[None]("show", "GET", path, {"200": NoBody()}, (parameter,)), [value])


def test_reserved_characters_stay_if_the_document_allows_it() -> None:
    """`allowReserved` leaves what does not end a value."""
    parameter = Parameter("where", "query", allow_reserved=True)
    target = target_of(Operation[None]("show", "GET", "/", {"200": NoBody()}, (parameter,)), ["x:y/z?&"])
    assert target.query == [("where", "x:y/z?%26")]
    assert isinstance(target.query[0][1], EncodedText)


def test_a_parameter_with_content_is_json() -> None:
    """`content` in place of `schema` says how the value is written."""
    parameter = Parameter("filter", "query", is_json=True)
    target = target_of(Operation[None]("show", "GET", "/", {"200": NoBody()}, (parameter,)), [{"a": [1]}])
    assert target.query == [("filter", '{"a":[1]}')]


def test_the_query_of_a_path_stays_and_its_fragment_goes() -> None:
    """Documents tell operations of one path apart by a query, which servers need, or a fragment, which none gets."""
    operation = Operation[None](
        "stop", "POST", "/jobs?action=stop#now", {"200": NoBody()}, (Parameter("why", "query"),)
    )
    target = target_of(operation, ["late"])
    assert (target.path, target.query) == ("/jobs", [("action", "stop"), ("why", "late")])
