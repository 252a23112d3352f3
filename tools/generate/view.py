"""The document as the generator gets it: each operation whole, and nothing in it that this client does not do.

References to parameters, bodies and responses are followed here, so that what remains are those to schemas. What the
generator does not know but the client does, such as the media type of an image, is left as a mark.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, count

from attrs import frozen

from tools.generate.circles import without_circles
from tools.generate.encodings import left_out as left_out_of_fields
from tools.generate.files import with_text_for_files
from tools.generate.lowering import lower_schemas
from tools.generate.nulls import with_null_parts
from tools.generate.operation_ids import with_operation_ids
from tools.generate.patterns import with_expressions
from tools.generate.unchecked import without_unchecked
from tools.openapi.contents import contents_of, read_content, sent_contents
from tools.openapi.document import METHODS, DocumentError, Node, depth_guard, is_node, node, nodes, resolve, texts
from tools.openapi.events import event_part, event_schema, plain_content
from tools.openapi.media import EVENTS, JSON, OCTETS, STRUCTURED, TEXT, Kind, essence, is_header_name, is_text
from tools.openapi.schemas import pointer, prepare_schema, with_hoisted_branches
from tools.openapi.security import credentials_of
from tools.openapi.servers import unnamed_servers
from tools.openapi.variants import UNIONS

MEDIA_TYPE = "x-media-type"
"""The real media type of a body that the generator gets as `application/octet-stream` or `text/plain`."""

EVENTS_STATUS = "100"
"""The status under which the generator gets the events of an operation: it is that of no response to a call."""

FILE = "x-file"
"""The media types of a response that are a file, if it may be one."""

IS_RANGE = "x-is-range"
"""Whether the document leaves the media type of a response to the server."""

LOCATION = "x-location"
"""The real place of a parameter that the generator gets as a cookie."""

OPTIONS = "x-options"
"""How a parameter is written, where that is not as usual: arguments, and whether they are of lists and objects."""

_BINARY = {"type": "string", "format": "binary"}
_NOT_PARAMETERS = frozenset({"accept", "authorization", "content-type", "content-length", "transfer-encoding"})
"""Headers that a parameter cannot set (OpenAPI 3.1, section 4.8.12.2.1), and those that only the body can tell."""

_TYPING = frozenset({"type", "enum", "const", "allOf", "anyOf", "oneOf"})
"""Keywords that give a schema a type."""

_STYLES: Mapping[object, tuple[str, ...]] = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
"""The styles of each place, the usual one first (OpenAPI 3.1, section 4.8.12)."""


@frozen
class View:
    """The document, and a note for each thing that the client leaves out."""

    document: Node
    notes: tuple[str, ...]


@depth_guard()
def view_of(document: Node) -> View:
    """Make the generator's view of a document.

    Raises:
        DocumentError: An operation asks for what this client does not do.
    """
    notes: list[str] = []
    document = without_unchecked(with_expressions(document, notes), notes)
    document = with_text_for_files(lower_schemas(document, notes))
    components = node(document.get("components"))
    declared_schemas = dict(_items(components.get("schemas")))
    paths = {
        path: dict(_path_item(document, path, item, declared_schemas, notes))
        for path, item in _items(document.get("paths"))
    }
    schemas = {name: prepare_schema(schema, "components", "schemas", name) for name, schema in declared_schemas.items()}
    schemas = without_circles(schemas, notes)
    named: Node = {"components": {"schemas": schemas}}
    schemas = with_hoisted_branches(node(with_null_parts(named, schemas)))
    if not any(paths.values()):
        raise DocumentError("paths: the document has no operation")
    paths, said = with_operation_ids(paths)
    notes += said
    notes += unnamed_servers(document)
    if node(document.get("webhooks")):
        notes.append("webhooks: a client is not called; they are left out")
    rest = {name: part for name, part in document.items() if name not in ("paths", "components", "webhooks")}
    declared = {"schemas": schemas, "securitySchemes": node(components.get("securitySchemes"))}
    paths = {
        path: {method: _with_null_parts(named, operation) for method, operation in item.items()}
        for path, item in paths.items()
    }
    return View({**rest, "paths": paths, "components": declared}, tuple(notes))


def _with_null_parts(document: Node, operation: Node) -> Node:
    # A parameter has no form for null.
    return {name: part if name == "parameters" else with_null_parts(document, part) for name, part in operation.items()}


def _items(value: object) -> Iterator[tuple[str, object]]:
    # YAML reads the status 200 as a number if it is not in quotes.
    return ((str(name), part) for name, part in node(value).items())


def _path_item(
    document: Node, path: str, unresolved: object, schemas: dict[str, object], notes: list[str]
) -> Iterator[tuple[str, Node]]:
    item = resolve(document, unresolved)
    for method in METHODS:
        if is_node(operation := item.get(method)):
            found = _operation(document, path, method, item, operation, notes)
            yield method, _with_events(document, f"{method.upper()} {path}", operation, found, schemas)


def _operation(document: Node, path: str, method: str, item: Node, raw: Node, notes: list[str]) -> Node:
    where = f"{method.upper()} {path}"
    place = ("paths", path, method)
    if "#" in path:
        notes.append(f"{where}: what follows the # is not sent (RFC 9110, section 7.1)")
    if raw.get("callbacks"):
        notes.append(f"{where}: a client is not called; its callbacks are left out")
    kept = {name: part for name, part in raw.items() if name not in ("callbacks", "parameters", "requestBody")}
    if "servers" in item:
        kept.setdefault("servers", item["servers"])
    notes += [f"{where}: {further} is for the caller to send" for further in credentials_of(document, raw).further]
    kept["parameters"] = [
        {**parameter, "schema": prepare_schema(parameter["schema"], *place, "parameters", str(index), "schema")}
        for index, parameter in enumerate(_parameters(document, where, item, raw, notes))
    ]
    if "requestBody" in raw:
        body = resolve(document, raw["requestBody"])
        content = _sent(document, where, node(body.get("content")), notes)
        if content:
            kept["requestBody"] = {**body, "content": _prepare_content(content, *place, "requestBody", "content")}
    kept["responses"] = {
        status: _response(document, where, status, resolve(document, response), (*place, "responses", status), notes)
        for status, response in _items(raw.get("responses"))
    }
    documented = node(raw.get("responses"))
    if "default" in documented and not any(status.startswith("2") for status, _ in _items(documented)):
        # It describes every status that is not listed, those of a success among them (OpenAPI 3.1, section 4.8.16).
        default = resolve(document, documented["default"])
        success = _response(document, where, "2XX", default, (*place, "responses", "2XX"), notes)
        kept["responses"] = {"2XX": success, **node(kept["responses"])}
    if not any(status.startswith("2") for status in node(kept["responses"])):
        notes.append(f"{where}: it documents no response with a 2xx status; any is taken, without its body")
        kept["responses"] = {"2XX": {"description": ""}, **node(kept["responses"])}
    return kept


def _with_events(document: Node, where: str, raw: Node, found: Node, schemas: dict[str, object]) -> Node:
    """Return an operation with its events as a response of their own.

    Args:
        document: The document.
        where: The operation's place, for errors.
        raw: The operation as the document has it.
        found: The operation as the generator gets it.
        schemas: The document's schemas by name. That of the events is added if it has no name.
    """
    documented = {status: resolve(document, response) for status, response in _items(raw.get("responses"))}
    if not any(status.startswith("2") for status in documented):
        documented = {"2XX" if status == "default" else status: part for status, part in documented.items()}
    contents = {status: part.get("content") for status, part in documented.items() if status.startswith("2")}
    streams = {status: part for status, content in contents.items() if (part := event_part(content)) is not None}
    responses = {status: part for status, part in node(found["responses"]).items() if not status.startswith("1")}
    if streams:
        schema = _named_schema(
            event_schema(document, next(iter(streams.values()))), str(found.get("operationId") or where), schemas
        )
        content = _prepare_content({JSON: {"schema": schema, MEDIA_TYPE: EVENTS}}, where, "events")
        responses[EVENTS_STATUS] = {"description": "", "content": content}
    return {**found, "responses": responses}


def _named_schema(schema: Node, operation: str, schemas: dict[str, object]) -> Node:
    """Return a reference to a schema, which gets a name if it is worth one."""
    if "$ref" in schema or not schema.keys() & {"properties", "allOf", *UNIONS}:
        return schema
    stem = f"{re.sub(r'[^0-9A-Za-z]+', '_', operation)}Event"
    name = next(name for name in chain([stem], (f"{stem}{number}" for number in count(2))) if name not in schemas)
    schemas[name] = schema
    return {"$ref": pointer("components", "schemas", name)}


def _parameters(document: Node, where: str, item: Node, raw: Node, notes: list[str]) -> list[Node]:
    """Return the parameters of an operation, and those of its path that the operation does not override.

    An optional one that HTTP cannot carry is left out with a note.
    """
    declared = [resolve(document, part) for part in (*nodes(item.get("parameters")), *nodes(raw.get("parameters")))]
    by_place = {(parameter.get("in"), parameter.get("name")): parameter for parameter in declared}
    found: list[Node] = []
    for (place, name), parameter in by_place.items():
        if place in ("header", "cookie") and not is_header_name(str(name)) and parameter.get("required") is not True:
            notes.append(f"{where}: HTTP allows no {place} called {name!r} (RFC 9110, section 5.1); it is left out")
        elif place != "header" or str(name).lower() not in _NOT_PARAMETERS:
            found.append(_parameter(document, where, parameter))
    return found


def _parameter(document: Node, where: str, parameter: Node) -> Node:
    place, name = parameter.get("in"), parameter.get("name")
    if place not in _STYLES:
        raise DocumentError(f"{where}: the parameter {name} is in {place}, which OpenAPI does not know")
    content = next((node(part) for part in node(parameter.get("content")).values()), None)
    unresolved = parameter.get("schema") if content is None else content.get("schema", {})
    if not is_node(unresolved):
        raise DocumentError(f"{where}: the parameter {name} has no schema, which is not supported")
    if place in ("header", "cookie") and not is_header_name(str(name)):
        raise DocumentError(
            f"{where}: HTTP allows no {place} called {name!r} (RFC 9110, section 5.1); an overlay can rename it"
        )
    schema = resolve(document, unresolved)
    dropped = ("style", "explode", "example", "examples", "content", "allowReserved")
    shown = {key: part for key, part in parameter.items() if key not in dropped} | {"schema": unresolved}
    shown[OPTIONS] = _options(where, parameter, is_json=content is not None)
    is_object = _holds_object(document, schema)
    if place == "header" and (is_object or "array" in _types(schema)):
        return {**shown, "in": "cookie", LOCATION: place}  # in a header the library takes text alone
    if place == "header":
        # A header's value is text to the generator, whatever it is the text of.
        only: dict[str, object] = {"enum": [schema["const"]]} if "const" in schema else {}
        kind: dict[str, object] = {} if schema.keys() & _TYPING else {"type": "string"}
        shown["schema"] = {key: part for key, part in schema.items() if key not in ("format", "const")} | only | kind
    return shown


def _types(schema: Node) -> list[object]:
    return [schema.get("type"), *texts(schema.get("type"))]


def _options(where: str, parameter: Node, *, is_json: bool) -> list[tuple[str, bool]]:
    """Return how a parameter is written, where that is not as usual."""
    if is_json:
        return [("is_json=True", False)]
    styles = _STYLES[parameter.get("in")]
    style = parameter.get("style", styles[0])
    if style not in styles:
        name = parameter.get("name")
        raise DocumentError(
            f"{where}: the parameter {name} has the style {style}, which is not for the {parameter['in']}"
        )
    found: list[tuple[str, bool]] = []
    if style != styles[0]:
        found.append((f"style={style!r}", style not in ("label", "matrix")))
    explode = parameter.get("explode", style == "form")
    if explode is not (style == "form"):
        found.append((f"explode={explode!r}", True))
    if parameter.get("allowReserved") is True and parameter["in"] == "query":
        found.append(("allow_reserved=True", False))
    return found


def _holds_object(document: Node, schema: Node, depth: int = 3) -> bool:
    """Return whether a value may be an object, or a list of objects, which have no one form outside a body."""
    parts = [part for name in ("allOf", "anyOf", "oneOf") for part in nodes(schema.get(name))]
    parts += nodes([schema.get("items")])
    return (
        "properties" in schema
        or schema.get("type") == "object"
        or (depth > 0 and any(_holds_object(document, resolve(document, part), depth - 1) for part in parts))
    )


def _sent(document: Node, where: str, content: Node, notes: list[str]) -> dict[str, Node]:
    """Return the kinds of body that the client sends, each under a media type that the generator knows."""
    kept = sent_contents(document, content)
    if not content:
        notes.append(f"{where}/requestBody: has no content; it is left out")
    elif not kept:
        raise DocumentError(
            f"{where}/requestBody: a body of {_names(content)} has parts without names, which is not supported; "
            "an overlay can make it multipart/form-data or application/octet-stream"
        )
    if left_out := [offered for offered in content if offered not in [one.offered for one in kept]]:
        notes.append(f"{where}: the request's body may also be {_names(left_out)}, which is left out")
    found: dict[str, Node] = {}
    notes += [f"{where}: {said}" for one in kept for said in left_out_of_fields(document, one.part)]
    for one in kept:
        if one.kind not in STRUCTURED:
            schema = {**({} if is_text(one.media_type) else resolve(document, one.part.get("schema"))), **_BINARY}
            found[_numbered(OCTETS, found)] = {**one.part, "schema": schema, MEDIA_TYPE: one.media_type}
        else:
            media_type = one.media_type.lower()
            known_as = _known_json(media_type, found) if one.kind is Kind.JSON else media_type
            found[known_as] = {"schema": {}, **one.part, MEDIA_TYPE: media_type}
    return found


def _known_json(media_type: str, taken: Collection[str]) -> str:
    """Return a media type of JSON that the generator knows, in place of one that it does not know, or has already."""
    if media_type not in taken and essence(media_type).endswith(("+json", JSON)):
        return media_type
    return _numbered(JSON, taken)


def _numbered(media_type: str, taken: Collection[str]) -> str:
    numbered = (f"{media_type};{number}" for number in count(2))
    return next(name for name in chain([media_type], numbered) if name not in taken)


def _response(
    document: Node, where: str, status: str, response: Node, place: tuple[str, ...], notes: list[str]
) -> Node:
    """Return a response with the one kind of content that is asked for; bodies of errors need no schema."""
    described: dict[str, object] = {"description": response.get("description", "")}
    is_head = where.startswith("HEAD ")  # its responses have no content (RFC 9110, section 9.3.2)
    content = {} if is_head else plain_content(response.get("content"))
    asked_for = read_content(document, content) if status.startswith("2") else None
    if asked_for is None:
        return described
    files = [one.offered for one in contents_of(document, content) if one.kind is Kind.BINARY]
    if files:
        described[FILE] = files
    if left_out := [offered for offered in content if offered not in (asked_for.offered, *files)]:
        notes.append(f"{where}: {asked_for.media_type} is asked for; {_names(left_out)} is left out")
    known_as: Mapping[Kind, tuple[str, object]] = {
        Kind.JSON: (JSON, asked_for.part.get("schema", {})),
        Kind.TEXT: (TEXT, {"type": "string"}),
        Kind.BINARY: (OCTETS, _BINARY),
    }
    media_type, schema = known_as[asked_for.kind]
    accepted = asked_for.media_type if asked_for.kind is Kind.JSON else asked_for.offered
    part = {media_type: {"schema": schema, MEDIA_TYPE: accepted, IS_RANGE: asked_for.is_range}}
    return {**described, "content": _prepare_content(part, *place, "content")}


def _prepare_content(content: Mapping[str, Node], *place: str) -> dict[str, Node]:
    return {
        media_type: {**part, "schema": prepare_schema(part["schema"], *place, media_type, "schema")}
        for media_type, part in content.items()
    }


def _names(media_types: Sequence[str] | Node) -> str:
    return " and ".join(media_types)
