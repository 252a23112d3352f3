"""The parameters of an operation, and the fields of forms that have a style: how their values are written.

The forms are those of OpenAPI 3.1, section 4.8.12. Delimiters are written as they are, and what stands in a value is
percent-encoded, so that `["a,b", "c"]` and `["a", "b", "c"]` differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeGuard
from urllib.parse import quote

from attrs import frozen

from ..errors import InvalidRequestError
from .headers import header_value
from .operation import Target
from .query import EncodedText
from .rules import Required, Rule
from .values import items_of, json_bytes, text_of, to_json

_STYLES = {"path": "simple", "header": "simple", "query": "form", "cookie": "form", "part": "form"}
"""The usual style of each location (OpenAPI 3.1, section 4.8.12)."""

_DELIMITERS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_RESERVED = ":/?[]@!$'()*,;="
"""What `allowReserved` leaves as it is: the reserved characters (RFC 3986, section 2.2) that do not end a value."""

_COOKIE = "!#$&'()*+-./:<=>?@[]^_`{|}~"
"""What a cookie's value holds as it is, beside letters and digits (RFC 6265, section 4.1.1)."""


@frozen
class Parameter:
    """One parameter of the path, the query, the headers or the cookies, or a field of a form.

    Attributes:
        name: Its name on the wire.
        location: Where it goes; a field of a URL-encoded form is written as a parameter of the query is.
        rules: What its value keeps.
        style: How a list or an object is written, if not as is usual at its location.
        explode: Whether each item or member stands for itself, if that is not as is usual for the style.
        allow_reserved: Whether reserved characters of a query are sent as they are.
        is_json: Whether the value is written as JSON.
        takes_object: Whether it may be an object.
    """

    name: str
    location: Literal["path", "query", "header", "cookie", "part"]
    rules: tuple[Rule, ...] = ()
    style: str | None = None
    explode: bool | None = None
    allow_reserved: bool = False
    is_json: bool = False
    takes_object: bool = False

    @property
    def form(self) -> tuple[str, bool]:
        """The style, and whether it explodes."""
        style = self.style or _STYLES[self.location]
        return style, style == "form" if self.explode is None else self.explode

    def put(self, argument: object, target: Target, /) -> None:
        """Put a value where it belongs in a request. `None` is not given, nor is an empty list.

        Raises:
            InvalidRequestError: It has no place in a URL or a header, or must be given and is not.
        """
        if argument is None and Required() in self.rules:
            raise InvalidRequestError(self.name, argument, str(Required()))
        value = None if argument is None else self._written(to_json(argument))
        if self.location == "path":
            target.path = target.path.replace(f"{{{self.name}}}", "" if value is None else _in_path(self, value))
        elif value in (None, [], {}):
            return
        elif self.location == "header":
            target.headers[self.name] = header_value(self.name, _in_header(self, value))
        elif self.location == "cookie":
            target.cookies += (f"{name}={text}" for name, text in _pairs(self, value))
        else:
            target.query += self.pairs(value)

    def pairs(self, value: object, /) -> Iterator[tuple[str, str]]:
        """Yield the pairs of a query for a JSON value, or the names and contents of the parts of a form."""
        style, explode = self.form
        is_list = _is_object(value) or _is_array(value)
        if style == "deepObject" and _is_object(value):
            yield from _deep(self.name, value)
        elif not is_list and self.allow_reserved:
            yield self.name, EncodedText(quote(text_of(self.name, value), safe=_RESERVED))
        elif is_list and (self.allow_reserved or not explode):
            for name, text in _pairs(self, value):
                yield name, EncodedText(text)
        else:
            for name, member in value.items() if _is_object(value) else [(self.name, value)]:
                yield from ((name, text_of(name, item)) for item in items_of(member))

    def _written(self, value: object) -> object:
        """Return the value that is written: for a parameter that is JSON, its text."""
        if self.is_json:
            return json_bytes(self.name, value, in_ascii=self.location == "header").decode()
        return value if self.takes_object or not _is_object(value) else text_of(self.name, value)


def _in_path(parameter: Parameter, value: object) -> str:
    """Return the text that stands in a path for a JSON value."""
    style, explode = parameter.form
    if value in ([], {}) and style != "simple":
        return ""
    if style == "matrix":
        return "".join(f";{quote(name, safe='')}{'=' * bool(text)}{text}" for name, text in _pairs(parameter, value))
    texts = [*_flat(parameter, value, explode=explode)] or [_encoded(parameter, "")]
    return ("." if style == "label" else "") + ("." if style == "label" and explode else ",").join(texts)


def _in_header(parameter: Parameter, value: object) -> str:
    """Return the text of a header for a JSON value."""
    if _is_object(value):
        equals = "=" if parameter.form[1] else ","
        return ",".join(f"{name}{equals}{_listed(name, member)}" for name, member in value.items())
    if _is_array(value):
        return ",".join(_listed(parameter.name, item) for item in value)
    return text_of(parameter.name, value)


def _pairs(parameter: Parameter, value: object) -> Iterator[tuple[str, str]]:
    """Yield names and encoded texts: one pair, or one for each item or member."""
    style, explode = parameter.form
    if explode and _is_object(value):
        yield from ((name, _encoded(parameter, member)) for name, member in value.items())
    elif explode and _is_array(value):
        yield from ((parameter.name, _encoded(parameter, item)) for item in items_of(value))
    elif _is_object(value) or _is_array(value):
        yield parameter.name, _joined(parameter, _DELIMITERS.get(style, ","), [*_flat(parameter, value, explode=False)])
    else:
        yield parameter.name, _encoded(parameter, value)


def _joined(parameter: Parameter, delimiter: str, texts: Sequence[str]) -> str:
    """Join encoded texts by a delimiter, which none of them may be taken to hold."""
    joint = delimiter if parameter.location == "part" or delimiter == "," else quote(delimiter)
    if any(joint in text for text in texts):
        raise InvalidRequestError(parameter.name, delimiter, f"must not hold {delimiter!r}, which separates its items")
    return joint.join(texts)


def _listed(name: str, value: object) -> str:
    """Return an item of a header's list, in which only a quoted string may hold a comma (RFC 9110, section 5.6.1)."""
    text = text_of(name, value)
    if "," in text and not (text[0] == text[-1] == '"'):
        raise InvalidRequestError(name, text, "must not hold a comma, which separates its items")
    return text


def _flat(parameter: Parameter, value: object, *, explode: bool) -> Iterator[str]:
    """Yield the encoded texts of items, or of names and members."""
    if _is_object(value):
        for name, member in value.items():
            texts = _encoded(parameter, name), _encoded(parameter, member)
            yield from ["=".join(texts)] if explode else texts
    else:
        yield from (_encoded(parameter, item) for item in items_of(value))


def _encoded(parameter: Parameter, value: object) -> str:
    text = text_of(parameter.name, value)
    if parameter.location == "path" and parameter.form[0] == "simple" and text in ("", ".", ".."):
        raise InvalidRequestError(parameter.name, text, 'must not be empty, "." or "..": it is one segment of the path')
    if parameter.location == "part":
        return text
    if parameter.location == "cookie":
        return quote(text, safe=_COOKIE)
    encoded = quote(text, safe=_RESERVED.replace(",", "") if parameter.allow_reserved else "")
    return encoded.replace(".", "%2E") if parameter.form == ("label", True) else encoded


def _deep(name: str, members: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, member in members.items():
        inner = f"{name}[{key}]"
        if _is_object(member):
            yield from _deep(inner, member)
        else:
            yield from ((inner, text_of(inner, item)) for item in items_of(member))


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
