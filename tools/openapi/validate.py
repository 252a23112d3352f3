"""Validate: hold a document against the specification of OpenAPI 3.0 or 3.1."""

import json
import re
from functools import lru_cache
from typing import cast

from jsonschema import FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from openapi_schema_validator import OAS30Validator, OAS31Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from tools.openapi.document import DocumentError, Node, check_references, is_node, node, texts
from tools.openapi.places import Place, describe_place
from tools.openapi.walk import EXTENSIONS, describe_kind, kind_at, walk

VALIDATORS = {"3.0": (OAS30Validator, OpenAPIV30SpecValidator), "3.1": (OAS31Validator, OpenAPIV31SpecValidator)}
"""The validators of a schema and of a whole document, by the version of the specification."""

_NO_FORMATS = FormatChecker(())
"""No format is checked: that of a pattern would be by Python's regular expressions, and it is one of ECMA-262."""

_ANY: Node = {}
_COMPONENT = re.compile(r"[a-zA-Z0-9._-]+")
"""The name that a component may have (OpenAPI 3.1, section 4.8.7.1)."""

_HOLDERS = frozenset({"parameter", "header", "media"})
"""What has a schema of its own."""

_EITHER = frozenset({"schema", "content"})
"""The two ways to say what values a parameter or a header has."""

_MAX_LENGTH = 300
"""The number of characters of a message: the validator repeats the value, whatever its size."""


def check_frame(document: Node) -> None:
    """See that a document says its version, and that what it refers to is in it.

    Raises:
        DocumentError: It does not, or that is elsewhere.
    """
    version = str(document.get("openapi"))
    if version[:3] not in VALIDATORS:
        raise DocumentError(f"openapi: has to be 3.0 or 3.1, not {version[:20]}")
    check_references(document)


def validate(document: Node) -> None:
    """Hold a document against the specification.

    Raises:
        DocumentError: It breaks a rule; the message says which, and where.
    """
    check_frame(document)
    version = str(document["openapi"])[:3]
    # The schemas first, each by itself: the validator of the whole does not say in which one it was.
    for place, schema in _schemas_in(document):
        try:
            _check_schema(version, json.dumps(schema, default=str))
        except SchemaError as invalid:
            raise _refusal(place, invalid) from invalid
    _check_names(document)
    errors: list[ValidationError] = []
    try:
        _, of_documents = VALIDATORS[version]
        for error in of_documents(_without_schemas(document)).iter_errors():
            errors.append(error)
    except Exception as failure:  # what it trips over is not a document either, whatever it raises
        if not errors:  # else it has named what it trips over
            raise _refuse((), f"it cannot be validated: {type(failure).__name__}: {failure}") from failure
    if errors:
        raise _refusal((), _deepest(errors))


def _check_names(document: Node) -> None:
    for section, components in node(document.get("components")).items():
        for name in node(components):
            if not section.startswith(EXTENSIONS) and not _COMPONENT.fullmatch(name):
                words = "the name of a component has letters of ASCII, digits, '.', '_' and '-' only; rename it"
                raise _refuse(("components", section, name), words)


def _schemas_in(document: Node) -> list[tuple[Place, Node]]:
    """Return the schemas of the components, and those of parameters, headers and bodies, with their places."""
    schemas = node(node(document.get("components")).get("schemas"))
    found: list[tuple[Place, Node]] = [
        (("components", "schemas", name), schema) for name, schema in schemas.items() if is_node(schema)
    ]

    def note(kind: str, value: dict[str, object], place: Place) -> object:
        if kind in _HOLDERS and is_node(schema := value.get("schema")):
            found.append(((*place, "schema"), schema))
        return value

    walk(document, "document", (), note, {})
    return found


@lru_cache(maxsize=4096)  # the operations of a document share most of their schemas
def _check_schema(version: str, schema: str) -> None:
    of_schemas, _ = VALIDATORS[version]
    of_schemas.check_schema(json.loads(schema), format_checker=_NO_FORMATS)


def _without_schemas(document: Node) -> dict[str, object]:
    """Return a document without its schemas, which were held to their rules already.

    The validator of documents would do it again, at ten times the cost.
    """

    def visit(kind: str, value: dict[str, object], place: Place) -> object:
        if kind == "media":
            return {name: part for name, part in value.items() if name != "schema"}
        return {**value, "schema": _ANY} if kind in _HOLDERS and "schema" in value else value

    result = cast("dict[str, object]", walk(document, "document", (), visit, {}))
    components = result.get("components")
    if is_node(components) and is_node(components.get("schemas")):
        result["components"] = {name: part for name, part in components.items() if name != "schemas"}
    return result


def _deepest(errors: list[ValidationError]) -> ValidationError:
    """Return the error that is furthest down: those above it follow from it, and what is no reference need not be."""
    own = [error for error in errors if error.validator_value != ["$ref"]]
    error = max(own or errors, key=lambda found: len(found.absolute_path))
    return _deepest(list(error.context)) if error.context else error


def _refusal(start: Place, error: SchemaError | ValidationError) -> DocumentError:
    """Return the refusal for an error in what stands at a place: in our words if the validator's say not what to do."""
    place = (*start, *map(str, error.absolute_path))
    kind, fields = describe_kind(kind_at(place)), node(error.instance)
    if error.validator == "required":
        lacking = " and ".join(repr(name) for name in texts(error.validator_value) if name not in fields)
        return _refuse(place, f"the {kind} lacks {lacking}; add what is missing")
    if error.validator in ("oneOf", "not") and fields.keys() >= _EITHER:
        return _refuse(place, f"the {kind} has both schema and content, and may have one of them only; take one out")
    return _refuse(place, error.message)


def _refuse(place: Place, message: str) -> DocumentError:
    text = " ".join(f"{describe_place(place)}: {message}".split()).removeprefix(": ")
    return DocumentError(text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH]}...")
