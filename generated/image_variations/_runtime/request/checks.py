# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Checking arguments and models against the rules of the document."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import cast

import attrs
from attrs import frozen

from ..errors import InvalidRequestError
from .null import NULL
from .rules import Required, Rule, check
from .values import is_absent


def check_model(model: object, contents: Mapping[str, object] | None = None, prefix: str = "") -> None:
    """Hold every field of a model, and of the models within it, against the field's rules.

    A field that is `None` is not given, and breaks a rule only when it is required.

    Args:
        model: The model.
        contents: What to judge in place of a field's value, by the field's name in the
            document: a file's content.
        prefix: The model's own place, for errors.

    Raises:
        InvalidRequestError: With the first rule that is broken, and the field's place.
    """
    contents = contents or {}
    for field in fields_of(cast(type, type(model))):
        value: object = getattr(model, field.attribute)
        value = None if is_absent(value) else value
        if (value is None and not field.is_required) or (value is NULL and field.is_nullable):
            continue
        check(prefix + field.name, value, field.rules, contents.get(field.name))
        if isinstance(value, str | bytes | int | float):  # nothing within it
            continue
        # The members that the document does not name stand beside the others.
        place = prefix.removesuffix(".") if field.attribute == "additional_properties" else prefix + field.name
        for inner_place, inner in _models_in(place, value):
            check_model(inner, prefix=f"{inner_place}.")


def refuse_null(model: object, extra_fields: Mapping[str, object]) -> None:
    """See that no field of a form is `NULL`: a form has no way to say it.

    Raises:
        InvalidRequestError: One is.
    """
    kind: type = type(model)
    null = [field.name for field in fields_of(kind) if getattr(model, field.attribute) is NULL]
    null += [name for name, value in extra_fields.items() if value is NULL]
    if null:
        raise InvalidRequestError(null[0], NULL, "cannot be null in a form; leave it out instead")


@cache
def octet_limits(kind: type) -> Mapping[str, int]:
    """Return the longest content of each field of a model, or of each of its items, by the name in the document."""
    return {field.name: field.max_octets for field in fields_of(kind) if field.max_octets is not None}


@frozen
class ModelField:
    """A model's attribute, its name in the document, and its rules."""

    attribute: str
    name: str
    rules: Sequence[Rule]
    is_required: bool
    is_nullable: bool
    max_octets: int | None


@cache
def fields_of(kind: type) -> tuple[ModelField, ...]:
    """Return the fields of a model, as their metadata says: `"name"` if Python has another, and `"rules"`."""
    return tuple(map(_field, attrs.fields(kind))) if attrs.has(kind) else ()


def _field(attribute: "attrs.Attribute[object]") -> ModelField:
    metadata = cast("Mapping[str, object]", attribute.metadata)
    rules = cast("Sequence[Rule]", metadata.get("rules", ()))
    return ModelField(
        attribute.name,
        name=cast(str, metadata.get("name", attribute.name)),
        rules=rules,
        is_required=Required() in rules,
        is_nullable=metadata.get("nullable") is True,
        max_octets=next((octets for rule in rules if (octets := rule.max_octets()) is not None), None),
    )


def _models_in(place: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield the models within a value, and their places."""
    if fields_of(cast(type, type(value))):
        yield place, value
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("Sequence[object]", value)):
            yield from _models_in(f"{place}[{index}]", item)
    elif isinstance(value, Mapping):
        for name, member in cast("Mapping[str, object]", value).items():
            yield from _models_in(f"{place}.{name}" if place else name, member)
