"""The document's schemas as the generator gets them.

In this client `None` means "not given" both ways, so null is not a value of its own; to
the generator it would be one more branch, with class names of its own. A title would
rename a model. A default that does not fit its type would be refused, though the client
never sends one. What is taken out here is left as a mark, for the modules that need it.
"""

import re
from collections.abc import Mapping
from typing import cast

from tools.openapi.document import DocumentError, Node, is_node, nodes, texts
from tools.openapi.media import Kind, kind_of

NULLABLE = "x-nullable"
"""Whether the document allows null."""

DEFAULT = "x-default"
"""The server's default."""

VALUES = "x-values"
"""The values of an enum that the generator does not know: neither all texts nor all whole numbers."""

POINTER = "x-pointer"
"""The pointer of the schema in the document that the generator gets."""

_MAPS = frozenset({"properties", "patternProperties", "$defs", "dependentSchemas"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_ONES = frozenset({"items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else"})
_NAMED_SCHEMA = re.compile(r"#/components/schemas/[^/~]+")
_LEFT_OUT = frozenset({"title", "default", "nullable", "example", "examples"})


def pointer(*steps: str) -> str:
    """Return a JSON pointer, as `$ref` has it (RFC 6901)."""
    return "#/" + "/".join(map(escaped, steps))


def escaped(step: str) -> str:
    """Return one step of a JSON pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def prepare_schema(schema: object, *place: str) -> object:
    """Return the schema at a place without null, titles and defaults, within it too.

    Raises:
        DocumentError: It refers to what is not a schema of the document's components.
    """
    if not is_node(schema):
        return {} if schema is True else schema
    reference = schema.get("$ref")
    if isinstance(reference, str) and not _NAMED_SCHEMA.fullmatch(reference):
        raise DocumentError(f"{reference} leads to no schema of components/schemas, which is not supported")
    result = {name: _prepare_part(name, part, (*place, name)) for name, part in schema.items() if name not in _LEFT_OUT}
    if schema.get("default") is not None:
        result[DEFAULT] = schema["default"]
    if "array" in (schema.get("type"), *texts(schema.get("type"))) and "prefixItems" not in schema:
        result.setdefault("items", {})  # without `items` an array holds anything
    if is_file(schema):
        result["format"] = "binary"
    result, is_nullable = _without_null(result)
    if is_nullable or schema.get("nullable") is True:
        result[NULLABLE] = True
    return result | {POINTER: pointer(*place)}


def _prepare_part(name: str, part: object, place: tuple[str, ...]) -> object:
    if name in _MAPS and is_node(part):
        return {key: prepare_schema(value, *place, key) for key, value in part.items()}
    if name in _LISTS and isinstance(part, list):
        return [prepare_schema(value, *place, str(index)) for index, value in enumerate(cast("list[object]", part))]
    if name == "items":
        return prepare_schema(part, *place)
    return prepare_schema(part, *place) if name in _ONES and is_node(part) else part


def is_file(schema: Node) -> bool:
    """Return whether a string is a file: binary content that is not written as text (OpenAPI 3.1, section 4.8.14.2)."""
    if schema.get("type") != "string" or "contentEncoding" in schema:
        return False
    media_type = schema.get("contentMediaType")
    return schema.get("format") == "binary" or (isinstance(media_type, str) and kind_of(media_type) is Kind.BINARY)


def _without_null(schema: dict[str, object]) -> tuple[dict[str, object], bool]:
    """Return the schema without null among its types, values and branches, and whether it was there."""
    result, found = dict(schema), False
    if isinstance(types := result.pop("type", None), list | str):
        names = [types] if isinstance(types, str) else texts(cast(object, types))
        remaining = [name for name in names if name != "null"]
        found = remaining != names
        result |= {"type": remaining[0] if len(remaining) == 1 else remaining} if remaining else {}
    if isinstance(enum := result.pop("enum", None), list):
        values = [value for value in cast("list[object]", enum) if value is not None]
        found = found or len(values) < len(cast("list[object]", enum))
        kinds = {type(value) for value in values}
        if float in kinds:
            values = [float(value) if type(value) is int else value for value in values]
        result |= {"enum" if kinds in ({str}, {int}) else VALUES: values} if values else {}
    if "const" in result and result["const"] is None:
        del result["const"]
        found = True
    for keyword in ("anyOf", "oneOf"):
        if branches := nodes(result.get(keyword)):
            found = found or any(branch.get(NULLABLE) is True for branch in branches)
            result = _with_branches(result, keyword, [branch for branch in branches if not _is_null(branch)])
    return result, found


def _is_null(branch: Node) -> bool:
    """Return whether a branch allows nothing but null."""
    return branch.get(NULLABLE) is True and branch.keys() <= {NULLABLE, POINTER, "description"}


def _with_branches(schema: dict[str, object], keyword: str, remaining: list[Node]) -> dict[str, object]:
    beside = {name: part for name, part in schema.items() if name != keyword}
    if len(remaining) < 2:
        return {name: part for branch in remaining for name, part in branch.items()} | beside
    # The only enum among the branches is named after the property, as it would be alone:
    # the generator puts a branch's title in place of the branch's number.
    enums = [branch for branch in remaining if "enum" in branch]
    named = [{**branch, "title": ""} if [branch] == enums else branch for branch in remaining]
    return {**beside, keyword: named}


def with_hoisted_branches(schemas: Mapping[str, object]) -> dict[str, object]:
    """Return schemas by name, with each object that is a branch of a union under a name of its own.

    The generator makes such an object twice if a named schema is that union, or a list of it, and stumbles over what is
    within the object. The name that the branch gets is the one that the generator would derive.
    """
    found: dict[str, object] = dict(schemas)
    for name, schema in schemas.items():
        found[name] = _hoisted(schema, name, found)
    return found


def _is_object(branch: Node) -> bool:
    is_joined = len(nodes(branch.get("allOf"))) > 1 and not branch.keys() & {"anyOf", "oneOf"}
    return is_joined or "properties" in branch or is_node(branch.get("additionalProperties"))


def _extends(schema: object) -> bool:
    """Return whether a schema takes over the members of a named one, whose class the generator makes later."""
    parts = nodes(schema.get("allOf")) if is_node(schema) else []
    return len(parts) > 1 and any("$ref" in part for part in parts)


def _hoisted(schema: object, name: str, found: dict[str, object], *, is_branch: bool = False) -> object:
    """Return a schema without objects among its branches, which are added to `found`."""
    if not is_node(schema) or "properties" in schema:
        return schema
    result = dict(schema)
    if is_branch and _extends(schema.get("items")) and f"{name}_item" not in found:
        found[f"{name}_item"] = schema["items"]
        result["items"] = {"$ref": pointer("components", "schemas", f"{name}_item")}
    elif is_node(schema.get("items")):
        result["items"] = _hoisted(schema["items"], f"{name}_item", found, is_branch=is_branch)
    count = 0
    for keyword in ("anyOf", "oneOf"):
        branches: list[object] = []
        for branch in nodes(schema.get(keyword)):
            own = f"{name}_{branch.get('title', f'type_{count}')}"
            if _is_object(branch) and own not in found:
                found[own] = branch
                branches.append({"$ref": pointer("components", "schemas", own)})
            else:
                branches.append(_hoisted(branch, own, found, is_branch=True))
            count += 1
        result |= {keyword: branches} if branches else {}
    return result
