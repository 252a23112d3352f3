# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The operations of a document as a fake has them: what it holds requests against, and what it responds with."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from itertools import takewhile
from typing import Protocol, cast
from urllib.parse import parse_qs, unquote

import attrs
import httpx
from attrs import evolve, field, frozen

from ..errors import InvalidRequestError
from ..request.checks import check_model, fields_of
from ..request.operation import Operation
from ..request.rules import Required, Rule, check
from ..request.values import is_absent, items_of
from ..response.json_text import UnreadableJsonError, parse_json
from ..response.values import read_any, read_date, read_datetime, read_uuid
from .requests import FakeField

_PACKAGE = __name__.removesuffix("._runtime.testing.operations")

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,300})(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][+-]?[0-9]{1,3})?")


@frozen
class ImageFields:
    """The members of a response that hold its images, and the fields of a request that say which are asked for.

    Attributes:
        items: The list that has an item for each image.
        payload: The member of an item that holds base64.
        link: The member of an item that holds a link.
        count: The field that says how many images there are to be.
        size: The field that says how large they are.
        form: The field that says by its value which of the two members is asked for.
    """

    items: str
    payload: str
    link: str
    count: str
    size: str
    form: str


class _Model(Protocol):
    def from_dict(self, source: Mapping[str, object], /) -> object: ...


@frozen(slots=False)
class FakeOperation:
    """One way to call an operation, and the least response that the document allows.

    Attributes:
        module: The module of the function, below the package.
        constant: What describes the operation there, without its underscore.
        model: The class of a body that has fields, if it has, and its module below the package.
        status: The status of a success.
        media_type: The media type of its body.
        body: Its body; None if none is known that the document allows.
        events: The same as a stream of events, if the operation has some.
        defaults: What the document says of fields that are not given.
        images: The members that hold images, if the operation has some.
    """

    module: str
    constant: str
    method: str
    path: str
    model: tuple[str, str] | None = None
    status: int = 200
    media_type: str | None = None
    body: str | None = None
    events: Sequence[tuple[str | None, object]] = ()
    defaults: Mapping[str, object] = field(factory=dict[str, object])
    images: ImageFields | None = None

    @cached_property
    def described(self) -> Operation[object]:
        """What the client itself goes by."""
        return cast("Operation[object]", getattr(import_module(self.module, _PACKAGE), f"_{self.constant}"))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The end of the paths that lead here, with a group for each parameter."""
        parts = re.split(r"\{[^{}]*\}", self.path.partition("?")[0].partition("#")[0])
        return re.compile("([^/]*)".join(map(re.escape, parts)) + "$")

    def takes(self, content_type: str) -> bool:
        """Return whether it sends bodies of this media type."""
        encoding = self.described.body
        if encoding is None:
            return not content_type
        usual = {"MultipartBody": "multipart/form-data", "FormBody": "application/x-www-form-urlencoded"}
        sent = cast(str, getattr(encoding, "media_type", usual.get(type(encoding).__name__, "")))
        return content_type.partition(";")[0].lower() == sent.partition(";")[0].lower()

    def typed(self, fields: Mapping[str, FakeField]) -> dict[str, FakeField]:
        """Return the fields of a form with the values that their texts mean; in JSON they have these already."""
        is_form = hasattr(self.described.body, "styled")
        rules = {found.name: found.rules for found in fields_of(self._model_class())} if self.model and is_form else {}
        return {name: _read(found, rules.get(name, ())) if is_form else found for name, found in fields.items()}

    def check(self, url: httpx.URL, headers: httpx.Headers, fields: Mapping[str, FakeField]) -> None:
        """Hold a request against the rules of the document.

        Raises:
            InvalidRequestError: It breaks one.
        """
        self._check_parameters(url, headers)
        # A style makes several fields of one.
        if self.model is not None and not getattr(self.described.body, "styled", ()):
            values = {name: found.value for name, found in fields.items()}
            made = cast(_Model, self._model_class()).from_dict(values)
            _restore(made, values)
            check_model(made)
            self._check_media_types(fields)

    def _model_class(self) -> type:
        module, name = self.model or ("", "")
        return cast(type, getattr(import_module(module, _PACKAGE), name))

    def _check_parameters(self, url: httpx.URL, headers: httpx.Headers) -> None:
        query = parse_qs(url.query.decode(), keep_blank_values=True)
        found = self.pattern.search(url.raw_path.decode().partition("?")[0])
        names = re.findall(r"\{([^{}]*)\}", self.path)
        in_path = dict(zip(names, map(unquote, found.groups() if found else ()), strict=False))
        for parameter in self.described.parameters:
            location, name, rules = cast(str, getattr(parameter, "location", "")), parameter.name, parameter.rules
            if any(getattr(parameter, option, None) for option in ("style", "is_json", "takes_object")):
                continue  # written in a way that is not taken apart here
            if location == "path":
                check(name, _typed([in_path.get(name, "")], rules), rules)
            elif location in ("query", "header"):
                texts = query.get(name, []) if location == "query" else headers.get_list(name)
                if texts or Required() in rules:
                    check(name, _typed(texts, rules) if texts else None, rules)

    def _check_media_types(self, fields: Mapping[str, FakeField]) -> None:
        """See that each file has the media type that the document names for it, or one that says nothing."""
        media_types = cast("Mapping[str, str]", getattr(self.described.body, "media_types", {}))
        for name, found in fields.items():
            allowed = media_types.get(name, "").partition(";")[0]
            if found.file_name is not None and allowed.startswith("image/png"):
                given = (found.mime_type or "").partition(";")[0].strip().lower()
                if given not in (allowed, "application/octet-stream"):
                    raise InvalidRequestError(name, found.mime_type, f"must have the media type {allowed}")


def _read(found: FakeField, rules: Sequence[Rule]) -> FakeField:
    """Return a field of a form with the value that its text means by the rules; others have it already."""
    values = list(items_of(found.value))
    texts = [value for value in values if isinstance(value, str | bytes)]
    if len(texts) < len(values):
        return found
    return evolve(found, value=_typed(texts, rules))


def _typed(texts: Sequence[str | bytes], rules: Sequence[Rule]) -> object:
    """Return the first reading of some texts that keeps the rules, or else one of the right type, if there is one."""
    readings = list(_readings(texts))
    if not rules:
        return readings[0]
    kept = (value for value in readings if all(rule.holds(value) for rule in rules))
    return next(kept, max(readings, key=lambda value: len([*takewhile(lambda rule: rule.holds(value), rules)])))


def _readings(texts: Sequence[str | bytes]) -> Iterator[object]:
    for read in (read_any, _read_scalar, read_uuid, read_date, read_datetime, _read_json):
        values = list(map(read, texts))
        if len(values) == 1:
            yield from values
        yield values


def _read_scalar(text: str | bytes) -> object:
    """Read a number, `true` or `false`."""
    if isinstance(text, str) and text in ("true", "false"):
        return text == "true"
    if isinstance(text, str) and (number := _NUMBER.fullmatch(text)):
        return float(text) if number["fraction"] or number["exponent"] else int(text)
    return text


def _read_json(text: str | bytes) -> object:
    """Read an object or an array, which is written as JSON in a form."""
    if not isinstance(text, str) or text[:1] not in ("{", "["):
        return None
    try:
        return parse_json(text.encode())
    except UnreadableJsonError:
        return None


def _restore(model: object, values: Mapping[str, object]) -> None:
    """Put back into a model what it could not read, for the rules to judge."""
    for found in fields_of(cast(type, type(model))):
        value, read = values.get(found.name), cast(object, getattr(model, found.attribute))
        if value is not None and is_absent(read):
            setattr(model, found.attribute, value)
        elif attrs.has(type(read)) and isinstance(value, Mapping):
            _restore(read, cast("Mapping[str, object]", value))
