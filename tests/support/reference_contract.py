"""The rules of one operation, read from the OpenAPI document and applied to requests and answers.

No rule stands in this code. JSON Schema's own keywords are checked by openapi-schema-validator. What that library
cannot see in octets (`contentMediaType`, `x-square`) is checked with Pillow, where and because the document says so.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol, TypeAlias, cast

import yaml
from openapi_schema_validator import OAS31Validator
from PIL import Image
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.support.reference_form import Form, RecordedFile

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]

DOCUMENT = Path(__file__).resolve().parents[2] / "openapi.yaml"

# What the registry holds: of JSON Schema, a schema can also be true or false.
_Schema: TypeAlias = bool | Mapping[str, Json]

# The document's name in the registry, to which its "$ref: '#/...'" are relative.
_URI = "urn:openapi"

# A small file can unfold to gigabytes. This server's own protection, no rule of the contract: 50 million pixels.
_MAX_PIXELS = 50_000_000


class ContractError(Exception):
    """A request, or an answer, breaks a rule of the document.

    Attributes:
        message: A sentence that names the field and the rule.
        field: The field at fault, or None if the whole is.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class _Violation(Protocol):
    """The part that is used here of jsonschema's ValidationError, for which the library publishes no types."""

    @property
    def validator(self) -> str: ...
    @property
    def validator_value(self) -> Json: ...
    @property
    def instance(self) -> Json: ...
    @property
    def absolute_path(self) -> Sequence[str | int]: ...
    @property
    def context(self) -> Sequence[_Violation]: ...


class _Validator(Protocol):
    """The part that is used here of jsonschema's validators."""

    def iter_errors(self, instance: Json) -> Iterator[_Violation]: ...


def load_document(path: Path = DOCUMENT) -> JsonObject:
    """Read an OpenAPI document.

    Raises:
        OSError, yaml.YAMLError: The file cannot be read, or is not YAML.
    """
    # The loader's result has no type; this one has JSON's types only, as an OpenAPI document must.
    return cast(JsonObject, yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader))


class Contract:
    """The rules of one operation with a multipart request and JSON answers.

    Args:
        document: The OpenAPI 3.1 document.
        path: The operation's path, as it is written there.
        method: Its method, in lower case.

    Raises:
        KeyError: The document has no such operation.
    """

    def __init__(self, document: JsonObject, path: str, method: str = "post") -> None:
        empty: Registry[_Schema] = Registry()
        self._registry = empty.with_resource(_URI, DRAFT202012.create_resource(document))
        self._resolver = self._registry.resolver(_URI)
        self._operation = f"#/paths/{path.replace('~', '~0').replace('/', '~1')}/{method}"
        self._media = self._at(f"{self._operation}/requestBody/content/multipart~1form-data")
        self._request = f"{self._operation}/requestBody/content/multipart~1form-data/schema"
        self._properties = {
            name: _object(schema)
            for branch in self._branches(self._at(self._request))
            for name, schema in _object(branch.get("properties", {})).items()
        }

    def read(self, form: Form) -> JsonObject:
        """Check a form's fields, and tell what they mean.

        Returns:
            The text fields as values of their declared types, those that were not sent with the document's default.
            Fields that the document does not know are left out.

        Raises:
            ContractError: A rule is broken.
        """
        sent = self._values(form)
        for violation in self._validator(self._request).iter_errors(sent):
            raise self._explain(violation, sent)
        defaults = {name: self._keyword(name, "default") for name in self._properties}
        texts = {name: sent[name] for name in self._properties if name in sent and not self._is_binary(name)}
        return {name: value for name, value in defaults.items() if value is not None} | texts

    def check_file(self, file: RecordedFile) -> None:
        """Check what is inside a file; its length has been checked by `read`.

        Raises:
            ContractError: It is not declared as, or is not, the kind of picture that the document asks for.
        """
        self._check_part(file)
        media_type = self._keyword(file.name, "contentMediaType")
        if media_type is None:
            return
        try:
            width, height = _measure(file.content, str(media_type))
        except ValueError as error:
            raise ContractError(f"{file.name} {error}; its contentMediaType is {media_type}.", file.name) from None
        if self._keyword(file.name, "x-square") is True and width != height:
            message = f"{file.name} is {width} pixels wide and {height} high, but must be square (x-square)."
            raise ContractError(message, file.name)

    def check_answer(self, status: int, body: Json) -> None:
        """Check an answer's JSON body against the document's schema for this status.

        Raises:
            ContractError: The body breaks a rule.
        """
        responses = self._at(f"{self._operation}/responses")
        key = str(status) if str(status) in responses else "default"
        schema = f"{self._operation}/responses/{key}/content/application~1json/schema"
        for violation in self._validator(schema).iter_errors(body):
            raise self._explain(violation, body)

    def _values(self, form: Form) -> JsonObject:
        """A form's fields, ready for JSON Schema."""
        values: JsonObject = {}
        for name, text in form.fields:
            self._check_field(name, values, is_file=False)
            values[name] = _coerce(text, self._types(name))
        for file in form.files:
            self._check_field(file.name, values, is_file=True)
            # One character for each octet, because OpenAPI 3.1 counts the length of binary data in octets.
            values[file.name] = "." * len(file.content)
        return values

    def _check_field(self, name: str, values: JsonObject, *, is_file: bool) -> None:
        """Refuse a known field that comes a second time, or as a file where text belongs, or the other way round."""
        if name not in self._properties:
            return
        if name in values:
            raise ContractError(f"{name} was sent more than once.", name)
        if is_file and not self._is_binary(name):
            raise ContractError(f"{name} must be text: its part has a file name.", name)
        if not is_file and self._is_binary(name):
            raise ContractError(f"{name} must be a file: its part has no file name.", name)

    def _check_part(self, file: RecordedFile) -> None:
        """Check the part's own Content-Type; octet-stream says nothing and is therefore allowed."""
        encoding = _object(_object(self._media.get("encoding", {})).get(file.name, {}))
        declared = encoding.get("contentType", self._keyword(file.name, "contentMediaType"))
        if declared is None:
            return
        allowed = [*(part.strip() for part in str(declared).split(",")), "application/octet-stream"]
        if not any(fnmatchcase(file.content_type or "", pattern) for pattern in allowed):
            message = f"{file.name} has the Content-Type {file.content_type}, not {' or '.join(allowed)}."
            raise ContractError(message, file.name)

    def _explain(self, violation: _Violation, whole: Json) -> ContractError:
        """The error that says in a sentence what jsonschema found."""
        if not violation.absolute_path and isinstance(whole, dict):
            if violation.validator == "required" and isinstance(violation.validator_value, list):
                missing = next(str(name) for name in violation.validator_value if name not in whole)
                return ContractError(f"{missing} is required.", missing)
            if violation.validator == "additionalProperties":
                unknown = next((name for name in whole if name not in self._properties), None)
                return ContractError(f"{unknown} is not a field (additionalProperties: false).", unknown)
        field = str(violation.absolute_path[0]) if violation.absolute_path else None
        rules = " or ".join(f"{leaf.validator}: {json.dumps(leaf.validator_value)}" for leaf in _leaves(violation))
        if field and self._is_binary(field):
            return ContractError(f"{field} has {len(str(violation.instance))} octets, outside {rules}.", field)
        value = json.dumps(violation.instance)
        shown = value if len(value) <= 100 else f"{value[:100]}..."
        return ContractError(f"{field or 'the body'} is {shown}, outside {rules}.", field)

    def _validator(self, pointer: str) -> _Validator:
        """The validator of a schema, which a JSON Pointer into the document names."""
        validator: _Validator = OAS31Validator({"$ref": f"{_URI}{pointer}"}, registry=self._registry)
        return validator

    def _at(self, pointer: str) -> JsonObject:
        """What a JSON Pointer into the document leads to."""
        return _object(cast(Json, self._resolver.lookup(pointer).contents))

    def _branches(self, schema: JsonObject) -> Iterator[JsonObject]:
        """A schema, and all that it refers to or offers a choice of: where a keyword may be written."""
        yield schema
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield from self._branches(self._at(reference))
        for composition in ("allOf", "anyOf", "oneOf"):
            members = schema.get(composition)
            for member in members if isinstance(members, list) else []:
                yield from self._branches(_object(member))

    def _keyword(self, name: str, keyword: str) -> Json:
        """A keyword's value for a property, or None if no branch has it."""
        found = (branch[keyword] for branch in self._branches(self._properties[name]) if keyword in branch)
        return next(found, None)

    def _types(self, name: str) -> set[str]:
        """The JSON types that a property may have."""
        schema = self._properties.get(name, {})
        declared = [branch["type"] for branch in self._branches(schema) if "type" in branch]
        return {str(kind) for types in declared for kind in (types if isinstance(types, list) else [types])}

    def _is_binary(self, name: str) -> bool:
        return name in self._properties and self._keyword(name, "format") == "binary"


def _object(value: Json) -> JsonObject:
    """The value, known to be an object."""
    if not isinstance(value, dict):
        raise TypeError(f"the document has {value!r} where an object belongs")
    return value


def _leaves(violation: _Violation) -> list[_Violation]:
    """The rules that were broken at the ends of a violation's branches.

    A branch of the wrong type says nothing as long as another one got further: what is wrong with 11 is not that it is
    something else than null.
    """
    if not violation.context:
        return [violation]
    found = [leaf for branch in violation.context for leaf in _leaves(branch)]
    return [leaf for leaf in found if leaf.validator != "type"] or found


def _coerce(text: str, types: set[str]) -> Json:
    """A form field's text as a value of a declared type, or as it is where it fits none.

    Text never becomes null: a form says "not given" by leaving the field out.
    """
    if "string" in types:
        return text
    if types & {"integer", "number"} and re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text):
        return int(text)
    if "number" in types and re.fullmatch(r"-?[0-9]{1,300}\.[0-9]{1,300}", text):
        return float(text)
    if "boolean" in types and text in ("true", "false"):
        return text == "true"
    return text


def _measure(content: bytes, media_type: str) -> tuple[int, int]:
    """A picture's width and height in pixels, after reading it to its end.

    Raises:
        ValueError: It is of another type, too large to unfold, or broken.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise Image.DecompressionBombError
            image.load()
    except Exception as error:  # Pillow's decoders raise whatever they stumble on: OSError, SyntaxError, struct.error
        raise ValueError(f"cannot be read as a picture ({type(error).__name__})") from error
    if Image.MIME.get(image.format or "") != media_type:
        raise ValueError(f"is a picture of the format {image.format}")
    return image.size
