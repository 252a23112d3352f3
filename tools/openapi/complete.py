"""Objects that lack what OpenAPI wants of them, or say it as another version does, made what they can only mean."""

import re
from collections.abc import Callable, Mapping
from typing import cast

from tools.openapi.document import Node, is_node, node, nodes, texts
from tools.openapi.places import Place, describe_place
from tools.openapi.walk import EXTENSIONS, FIELDS

_Fields = dict[str, object]
_Say = Callable[[str, str], None]
"""Called with a field and what is done about it."""

_STATUS = re.compile(r"[1-5](\d\d|XX)|default", re.ASCII)

_SCHEMES = {name.lower(): name for name in ("apiKey", "http", "mutualTLS", "oauth2", "openIdConnect")}

_ADDRESSES: Mapping[str, frozenset[str]] = {
    "implicit": frozenset({"authorizationUrl"}),
    "password": frozenset({"tokenUrl"}),
    "clientCredentials": frozenset({"tokenUrl"}),
    "authorizationCode": frozenset({"authorizationUrl", "tokenUrl"}),
}
"""What each flow of OAuth 2 has to say. The client asks for a token whichever they are."""

_LEAST = frozenset({"minLength", "minItems", "minProperties", "minContains"})

_SAYS_NOTHING: Mapping[str, tuple[object, ...]] = {
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), ([],)),
    "multipleOf": (0,),
}
"""Values of keywords by which a schema says nothing."""


def complete(kind: str, fields: _Fields, place: Place, notes: list[str]) -> _Fields:
    """Return the fields of an object with those that it lacks, in the form of OpenAPI 3.1.

    Args:
        kind: What the object is (see `FIELDS`).
        fields: Its fields.
        place: Its place in the document.
        notes: What is changed is said here.
    """

    def say(field: str, words: str) -> None:
        notes.append(f"{describe_place((*place, *field.split('/')))}: {words}")

    if not isinstance(fields.get("deprecated", False), bool):
        say("deprecated", "is no boolean; it is left out")
        fields = _without(fields, "deprecated")
    completed = _KINDS.get(kind)
    return fields if completed is None or "$ref" in fields else completed(fields, say)


def listed(value: object, kind: str, place: Place, notes: list[str]) -> object:
    """Return a list of servers or security requirements if one stands for it, or a string for one of them."""
    if kind not in ("server", "requirement"):
        return value
    if is_node(value):
        notes.append(f"{describe_place(place)}: is taken as a list of one")
        value = [value]
    if not isinstance(value, list):
        return value
    found: list[object] = []
    for index, item in enumerate(cast("list[object]", value)):
        where = describe_place((*place, str(index)))
        if isinstance(item, str):
            notes.append(f"{where}: {item!r} is taken as the one of that name")
            found.append({"url": item} if kind == "server" else {item: []})
        elif kind == "server" and is_node(item) and item.get("url") is None:
            notes.append(f"{where}: has no URL; it is left out")
        else:
            found.append(item)
    return found


def _info(info: _Fields, say: _Say) -> _Fields:
    if "license" in info and not isinstance(node(info["license"]).get("name"), str):
        say("license", "has no name; it is left out")
        info = _without(info, "license")
    for name, instead in (("title", "Untitled"), ("version", "0")):
        if name not in info:
            say(name, f"is not given; it is taken as {instead!r}")
            info = {**info, name: instead}
        elif not isinstance(info[name], str):
            say(name, f"{info[name]!r} is taken as text")
            info = {**info, name: str(info[name])}
    return info


def _scheme(scheme: _Fields, say: _Say) -> _Fields:
    said = str(scheme.get("type")).lower()
    if said in ("basic", "bearer"):
        say("type", f"{scheme['type']!r} is taken as the scheme {said} of HTTP")
        return {**scheme, "type": "http", "scheme": said}
    if _SCHEMES.get(said, said) != scheme.get("type") and said in _SCHEMES:
        say("type", f"{scheme['type']!r} is taken as {_SCHEMES[said]!r}")
        scheme = {**scheme, "type": _SCHEMES[said]}
    if scheme.get("type") == "openIdConnect" and "openIdConnectUrl" not in scheme:
        say("openIdConnectUrl", "is not given; the scheme is taken as a bearer token")
        return {**_without(scheme, "type"), "type": "http", "scheme": "bearer"}
    return _with_flows(scheme, say) if scheme.get("type") == "oauth2" else scheme


def _with_flows(scheme: _Fields, say: _Say) -> _Fields:
    flows = node(scheme.get("flows"))
    kept = {name: flow for name, flow in flows.items() if _ADDRESSES.get(name, {"-"}) <= node(flow).keys()}
    for name in [name for name in flows if name not in kept]:
        say(f"flows/{name}", "is unknown, or lacks a URL; it is left out")
    return {**scheme, "flows": kept}


def _parameter(parameter: _Fields, say: _Say) -> _Fields:
    place = parameter.get("in")
    if isinstance(place, str) and place != place.lower():
        say("in", f"{place!r} is taken as {place.lower()!r}")
        parameter = {**parameter, "in": place.lower()}
    if "schema" in parameter or "content" in parameter:
        return parameter
    keywords = [name for name in parameter if name in FIELDS["schema"].keys() - FIELDS["parameter"].keys()]
    if keywords:
        say("schema", f"is taken to be {' and '.join(keywords)}, which OpenAPI 2.0 says beside it")
        schema = {name: parameter[name] for name in keywords}
    else:
        say("schema", "is not given; it is taken as a string")
        schema = {"type": "string"}
    return {**_without(parameter, *keywords), "schema": schema}


def _operation(operation: _Fields, say: _Say) -> _Fields:
    tags = operation.get("tags")
    named = (
        [tags] if isinstance(tags, str) else [tag["name"] for tag in nodes(tags) if isinstance(tag.get("name"), str)]
    )
    if named and not texts(tags):
        say("tags", f"is taken as {', '.join(map(str, named))}")
        operation = {**operation, "tags": named}
    body = operation.get("requestBody")
    if is_node(body) and body.keys() <= {"description", "required", *(name for name in body if _is_extension(name))}:
        say("requestBody", "has no content; it is left out")
        operation = _without(operation, "requestBody")
    if is_node(responses := operation.get("responses")):
        operation = {**operation, "responses": _responses(responses, say)}
    if isinstance(parameters := operation.get("parameters"), list):
        operation = {**operation, "parameters": _unrepeated(cast("list[object]", parameters), say)}
    return operation


def _responses(responses: Node, say: _Say) -> _Fields:
    found: _Fields = {}
    for status, response in responses.items():
        if _STATUS.fullmatch(status) or _is_extension(status):
            found[status] = response
        elif _STATUS.fullmatch(status.upper()):
            say(f"responses/{status}", f"is taken as {status.upper()}")
            found.setdefault(status.upper(), response)
        else:
            say(f"responses/{status}", "is no status; it is left out")
    return found


def _unrepeated(parameters: list[object], say: _Say) -> list[object]:
    for index, parameter in enumerate(parameters):
        if parameter in parameters[:index]:
            say(f"parameters/{index}", "is there twice; it is left out")
    return [parameter for index, parameter in enumerate(parameters) if parameter not in parameters[:index]]


def _schema(schema: _Fields, say: _Say) -> _Fields:
    for name, part in schema.items():
        is_negative = name in _LEAST and isinstance(part, int | float) and part < 0
        if is_negative or (name in _SAYS_NOTHING and part in _SAYS_NOTHING[name]):
            say(name, f"{part!r} says nothing; it is left out")
            schema = _without(schema, name)
    told_by = schema.get("discriminator")
    if isinstance(told_by, str):
        say("discriminator", f"{told_by!r} is taken as the name of a member")
        schema = {**schema, "discriminator": {"propertyName": told_by}}
    elif told_by is not None and "propertyName" not in node(told_by):
        say("discriminator", "names no member; it is left out")
        schema = _without(schema, "discriminator")
    if isinstance(items := schema.get("items"), list):
        say("items", "is taken as prefixItems, as earlier versions of JSON Schema say it")
        further = {"items": schema["additionalItems"]} if "additionalItems" in schema else {}
        schema = {**_without(schema, "items", "additionalItems"), "prefixItems": cast(object, items), **further}
    kinds = texts(schema.get("type"))
    if len(set(kinds)) < len(kinds):
        say("type", "has a type twice")
        schema = {**schema, "type": list(dict.fromkeys(kinds))}
    return schema


def _requirement(requirement: _Fields, say: _Say) -> _Fields:
    for name in [name for name, scopes in requirement.items() if scopes is None]:
        say(name, "is null; it is taken as an empty list")
    return {name: [] if scopes is None else scopes for name, scopes in requirement.items()}


def _is_extension(name: str) -> bool:
    return name.startswith(EXTENSIONS)


def _without(fields: _Fields, *names: str) -> _Fields:
    return {name: part for name, part in fields.items() if name not in names}


_KINDS: Mapping[str, Callable[[_Fields, _Say], _Fields]] = {
    "info": _info,
    "scheme": _scheme,
    "requirement": _requirement,
    "parameter": _parameter,
    "header": _parameter,
    "operation": _operation,
    "schema": _schema,
}
