"""A document as a user of the client meets it: functions with keywords, and what they return.

It is read from the document alone, even if the generator refuses it, with the names
that the generated client has.
"""

from collections.abc import Iterator, Mapping

from attrs import evolve

from tools.compare.branches import Branch, Site
from tools.compare.credentials import security_asked
from tools.compare.events import event_site, with_event_field, with_events
from tools.compare.members import sent_members
from tools.compare.naming import attribute_name, function_name, function_name_for, tag_name
from tools.compare.operations import Call, Keyword, Operation, Response
from tools.compare.shapes import Shapes
from tools.compare.styles import first_media_type, style_of, style_of_field
from tools.openapi.contents import Content, contents_of, read_content, sent_contents
from tools.openapi.cost import cost_of
from tools.openapi.document import METHODS, DocumentError, Node, is_node, node, nodes, target, texts
from tools.openapi.events import is_events
from tools.openapi.media import JSON, OCTETS, STRUCTURED, Kind
from tools.openapi.names import Keywords
from tools.openapi.schemas import escaped
from tools.openapi.servers import url_of

_BODY_NAMES = {
    Kind.JSON: "json",
    Kind.FORM: "data",
    Kind.MULTIPART: "files",
    **dict.fromkeys((Kind.BINARY, Kind.TEXT), "content"),
}
"""The words that the generator puts into the names of the classes of bodies, if an operation has several."""

_NO_PARAMETERS = frozenset({"accept", "authorization", "content-type"})
_FIXED_TYPES = {Kind.TEXT: "str", Kind.BINARY: "bytes"}


class Contract:
    """The promises of a document."""

    def __init__(self, document: Node) -> None:
        self.document = document
        self.shapes = Shapes(document)
        self.operations = tuple(self._operations())

    def component_schemas(self) -> list[Site]:
        """Return the schemas that have a name of their own."""
        schemas = node(node(self.document.get("components")).get("schemas"))
        return [Site(raw, f"#/components/schemas/{escaped(name)}", "", name) for name, raw in schemas.items()]

    def _operations(self) -> Iterator[Operation]:
        for path, unresolved in node(self.document.get("paths")).items():
            item, place = self._followed(unresolved, f"#/paths/{escaped(path)}")
            for method in METHODS:
                if is_node(raw := item.get(method)):
                    yield self._operation(path, method, item, raw, f"{place}/{method}")

    def _operation(self, path: str, method: str, item: Node, raw: Node, place: str) -> Operation:
        named = raw.get("operationId")
        name = function_name(named) if isinstance(named, str) else f"{method.upper()} {path}"
        server, server_pointer = self._server(item, raw, place)
        parameters = list(self._parameters(item, raw, place, name))
        documented = {
            status: self._response(status, part, place, name) for status, part in node(raw.get("responses")).items()
        }
        successes = _successes(documented)
        calls = [
            with_event_field(self.document, self.shapes, raw, call)
            for call in self._calls(raw, name, place, parameters)
        ]
        events = self._events(raw, successes, str(named or name))
        return Operation(
            id=str(named or name),
            function=name,
            method=method.upper(),
            path=path,
            pointer=place,
            is_deprecated=raw.get("deprecated") is True,
            cost=cost_of(path, method, raw),
            module=f"api.{tag_name(next(iter(texts(raw.get('tags'))), 'default'))}",
            server=server,
            server_pointer=server_pointer,
            security=security_asked(self.document, raw, place),
            calls=tuple(map(with_events, calls) if events else calls),
            responses=successes,
            errors={status: response for status, response in documented.items() if status not in successes},
            events=events,
        )

    def _followed(self, value: object, place: str) -> tuple[Node, str]:
        """Follow the references of an object, and return what they lead to and its pointer."""
        current, seen = node(value), set[str]()
        while isinstance(reference := current.get("$ref"), str):
            if reference in seen:
                raise DocumentError(f"{reference} refers to itself")
            seen.add(reference)
            current, place = target(self.document, reference), reference
        return current, place

    def _server(self, item: Node, raw: Node, place: str) -> tuple[str, str]:
        """Return the URL of an operation's server, empty if the caller has to name it, and its place."""
        common = url_of(self.document.get("servers"))
        for owner, pointer in ((raw, place), (item, place.rpartition("/")[0])):
            if "servers" in owner:
                return url_of(owner["servers"], common) or common, f"{pointer}/servers/0/url"
        return common, "#/servers/0/url" if common else "#/servers"

    def _parameters(self, item: Node, raw: Node, place: str, function: str) -> Iterator[Keyword]:
        found: dict[tuple[str, str], Keyword] = {}
        for owner, pointer in ((item, place.rpartition("/")[0]), (raw, place)):
            for index, part in enumerate(nodes(owner.get("parameters"))):
                keyword = self._parameter(part, f"{pointer}/parameters/{index}", function)
                if keyword.location != "header" or keyword.wire_name.lower() not in _NO_PARAMETERS:
                    found[keyword.key] = keyword
        yield from found.values()

    def _parameter(self, part: Node, place: str, function: str) -> Keyword:
        raw, pointer = self._followed(part, place)
        location, name = str(raw.get("in")), str(raw.get("name"))
        site = Site(raw.get("schema"), f"{pointer}/schema", function, name)
        style = style_of(self.shapes.of(site), raw, location)
        for media_type, content in list(node(raw.get("content")).items())[:1]:
            site = Site(node(content).get("schema"), f"{pointer}/content/{escaped(media_type)}", function, name)
            style = {"content": JSON}
        return Keyword(
            keyword=attribute_name(name),
            location=location,
            wire_name=name,
            site=site,
            is_required=raw.get("required") is True,
            style=style,
            is_deprecated=raw.get("deprecated") is True,
        )

    def _calls(self, raw: Node, name: str, place: str, parameters: list[Keyword]) -> Iterator[Call]:
        request, pointer = self._followed(raw.get("requestBody"), f"{place}/requestBody")
        content = request.get("content")
        # If the client can send none, they are compared all the same.
        bodies = sent_contents(self.document, content) or list(contents_of(self.document, content))
        if not bodies:
            yield Call(name, place, _named(parameters, []))
        functions: list[str] = []
        for body in bodies:
            function = function_name_for(name, body.media_type, functions)
            functions.append(function)
            parent = f"{name}_{_BODY_NAMES.get(body.kind, 'body')}" if len(bodies) > 1 else name
            site = Site(_schema(body), f"{pointer}/content/{escaped(body.offered)}/schema", parent, "body")
            needs_body = request.get("required") is True
            encodings = node(body.part.get("encoding"))
            members = self._members(site, encodings, body.kind, is_required=needs_body)
            if members is not None:
                yield Call(function, place, _named(parameters, members), body.media_type, site, needs_body)
            else:
                whole = Keyword("body", "body", "", site, needs_body, is_json=body.kind is Kind.JSON)
                yield Call(function, place, _named(parameters, [whole]), body.media_type)

    def _members(self, site: Site, encodings: Node, kind: Kind, *, is_required: bool) -> list[Keyword] | None:
        """Return the members of a body that are keywords, unless the body is one keyword as a whole."""
        shape = self.shapes.of(site)
        if len(shape.branches) != 1 or shape.branches[0].type != "object":
            return None
        members = sent_members(self.shapes, shape.branches[0])
        if kind is not Kind.JSON:
            members = [self._encoded(member, node(encodings.get(member.wire_name)), kind) for member in members]
        return members if is_required or not any(member.is_required for member in members) else None

    def _encoded(self, member: Keyword, encoding: Node, kind: Kind) -> Keyword:
        """Return a field of a form, with how it is written (OpenAPI 3.1, section 4.8.15)."""
        shape, file = self.shapes.of(member.site), _file(self.shapes, member.site)
        style: Mapping[str, object] = {}
        if file is None:
            style = style_of_field(shape, encoding, "query" if kind is Kind.FORM else "part")
        media_type = None
        if kind is Kind.MULTIPART and not style:
            media_type = first_media_type(
                encoding.get("contentType") or (file and file.rules.get("contentMediaType", OCTETS))
            )
        return evolve(member, style=style, media_type=media_type, is_json=False)

    def _response(self, status: str, part: object, place: str, function: str) -> Response:
        raw, pointer = self._followed(part, f"{place}/responses/{escaped(status)}")
        every = list(contents_of(self.document, raw.get("content")))
        chosen = read_content(self.document, raw.get("content"))
        others = [one for one in every if chosen and one.offered != chosen.offered]
        site = fixed_type = None
        if chosen is None:
            fixed_type = "None"
        elif (fixed_type := _FIXED_TYPES.get(chosen.kind)) is None:
            schema = chosen.part.get("schema", True)
            site = Site(schema, f"{pointer}/content/{escaped(chosen.offered)}/schema", function, f"response_{status}")
        return Response(
            status=status,
            pointer=pointer,
            media_type=chosen.media_type if chosen else None,
            is_range=chosen is not None and chosen.is_range,
            others=tuple(one.offered for one in others if one.kind is not Kind.BINARY and not is_events(one.offered)),
            files=tuple(one.offered for one in every if one.kind is Kind.BINARY),
            site=site,
            fixed_type=fixed_type,
            headers={name.lower(): name for name in node(raw.get("headers"))},
        )

    def _events(self, raw: Node, successes: Mapping[str, Response], operation_id: str) -> Site | None:
        """Return the schema of an operation's events: those of its first response that has some."""
        for status, response in successes.items():
            part, _ = self._followed(node(raw.get("responses"))[status], "")
            if site := event_site(self.document, part.get("content"), response.pointer, operation_id):
                return site
        return None


def _successes(responses: Mapping[str, Response]) -> dict[str, Response]:
    found = {status: response for status, response in responses.items() if status.startswith("2")}
    # Alone it describes every status, those of a success among them (OpenAPI 3.1, section 4.8.16).
    return found or {status: response for status, response in responses.items() if status == "default"}


def _schema(content: Content) -> object:
    schema = content.part.get("schema", True)
    return {**node(schema), "type": "string", "format": "binary"} if content.kind not in STRUCTURED else schema


def _file(shapes: Shapes, site: Site, levels: int = 3) -> Branch | None:
    """Return the branch that is a file, or a list of files, if a value has one."""
    for branch in shapes.of(site).branches:
        if branch.rules.get("format") == "binary":
            return branch
        if branch.items is not None and levels and (found := _file(shapes, branch.items, levels - 1)):
            return found
    return None


def _named(parameters: list[Keyword], members: list[Keyword]) -> tuple[Keyword, ...]:
    """Return the keywords by their names in the call: the path's first, then the body's, and so on."""
    taken = Keywords()
    places: dict[str, list[Keyword]] = {"path": [], "body": members, "query": [], "header": []}
    for parameter in parameters:
        places.setdefault(parameter.location, []).append(parameter)
    named: list[Keyword] = []
    for keyword in (keyword for keywords in places.values() for keyword in keywords):
        try:
            named.append(evolve(keyword, keyword=taken.take(keyword.keyword, keyword.location)))
        except DocumentError:  # the generator refuses it; to compare it will do
            named.append(keyword)
    return tuple(named)
