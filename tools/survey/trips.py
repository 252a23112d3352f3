"""Round trips: each call is made against a server on this machine, which holds what it gets against the document."""

import asyncio
import importlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from email.parser import BytesParser
from email.policy import HTTP
from types import ModuleType
from typing import Protocol, cast
from urllib.parse import parse_qsl
from uuid import UUID

from attrs import define, frozen

from tools.generate.calls import Call
from tools.openapi.contents import read_content, sent_contents
from tools.openapi.document import Node, node, nodes, operations, resolve
from tools.openapi.media import Kind
from tools.survey.making import Made
from tools.survey.samples import Samples, complaint

_LONGEST = 300
_ANY: Node = {}


class TripError(Exception):
    """A call, or its response, is not what the document says."""


@define
class Server:
    """A server that keeps the last request and gives the response that it is told."""

    head: str = ""
    body: bytes = b""
    response: bytes = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read requests of one connection, and respond to each."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.head = head.decode("latin-1")
                self.body = await reader.readexactly(int(self.header("content-length") or 0))
                writer.write(self.response)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def header(self, name: str) -> str:
        """Return a header of the last request."""
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return next((value.strip() for found, _, value in lines if found.lower() == name), "")


class _Detailed(Protocol):
    parsed: object


class _Function(Protocol):
    def __call__(self, client: object, /, **arguments: object) -> Awaitable[_Detailed]: ...


@frozen
class _Trip:
    """One call with one choice of values."""

    made: Made
    module: ModuleType
    models: ModuleType
    call: Call
    operation: Node
    variant: int

    async def run(self, client: object, server: Server) -> None:
        arguments = dict(self._parameters())
        sent = self._body(arguments)
        status, value = self._respond(server)
        function = cast(_Function, getattr(self.module, self.call.detailed))
        result = await function(client, **arguments)
        self._check_request(server, sent)
        if status is not None and _normal(_plain(result.parsed)) != _normal(value):
            raise TripError(f"the response reads as {_shown(_plain(result.parsed))}, and was {_shown(value)}")

    def _parameters(self) -> Iterator[tuple[str, object]]:
        samples = Samples(self.made.pinned, self.variant)
        [path] = node(self.made.pinned["paths"]).values()
        every = [*nodes(node(path).get("parameters")), *nodes(self.operation.get("parameters"))]
        declared = {(part["in"], part["name"]): part for part in (resolve(self.made.pinned, one) for one in every)}
        for parameter in self.call.parameters:
            found = declared[parameter.location, parameter.wire_name.get_untrusted_value()]
            content = next(iter(node(found.get("content")).values()), None)
            schema = found.get("schema") if content is None else node(content).get("schema")
            yield parameter.argument.keyword, _python(samples, schema, samples.of(schema), self.models)

    def _body(self, arguments: dict[str, object]) -> object:
        """Add the keywords of the body, and return what is to be sent for it."""
        if self.call.body is None:
            return None
        kind, schema = self._content()
        samples = Samples(self.made.pinned, self.variant)
        value = samples.of(schema)
        if self.call.body.model is None:
            keyword = self.call.body.members[0].keyword
            if self.call.body.is_object:
                name = self.call.body.members[0].type.as_unembedded_code().partition(" ")[0]
                arguments[keyword] = getattr(self.models, name).from_dict(value)
            else:
                arguments[keyword] = b"content" if kind is Kind.BINARY else value
            return value
        model = getattr(self.models, self.call.body.model).from_dict(value)
        for member in self.call.body.members:
            arguments[member.keyword] = getattr(model, member.attribute)
        return value

    def _content(self) -> tuple[Kind, object]:
        body = resolve(self.made.pinned, self.operation["requestBody"])
        encoding = self.call.body.encoding.as_unembedded_code() if self.call.body else ""
        kinds = {"Form": Kind.FORM, "Multi": Kind.MULTIPART, "Json": Kind.JSON, "File": Kind.BINARY}
        kind = next(kind for start, kind in kinds.items() if encoding.startswith(start))
        for one in sent_contents(self.made.pinned, body.get("content")):
            if one.kind is kind:
                return kind, one.part.get("schema", _ANY)
        raise TripError(f"no body of the document is what {encoding} writes")

    def _respond(self, server: Server) -> tuple[str | None, object]:
        responses = node(self.operation.get("responses"))
        status = next((one for one in responses if one.startswith("2")), "default")
        code = "200" if status in ("default", "2XX") else status
        content = read_content(self.made.pinned, resolve(self.made.pinned, responses[status]).get("content"))
        schema = content.part.get("schema", _ANY) if content else _ANY
        value: object = None
        body = b""
        if content and content.kind is Kind.JSON:
            value = Samples(self.made.pinned, self.variant, unknown=True).of(schema)
            if wrong := complaint(self.made.pinned, schema, value):
                raise TripError(f"no value was found for the response: {wrong}")
            body = json.dumps(value).encode()
        elif content:
            body = b"content"
            value = "content" if content.kind is Kind.TEXT else b"content"
        length = f"Content-Type: {content.media_type if content else 'text/plain'}\r\nContent-Length: {len(body)}\r\n"
        server.response = f"HTTP/1.1 {code} OK\r\n{'' if code == '204' else length}\r\n".encode() + body
        return (None if content is None else code), value

    def _check_request(self, server: Server, sent: object) -> None:
        method, target, _ = server.head.split("\r\n")[0].split(" ")
        if method != self.made.place.partition(" ")[0]:
            raise TripError(f"the method is {method}")
        self._check_query(target)
        if self.call.body is None:
            return
        kind, schema = self._content()
        if kind is Kind.JSON:
            arrived: object = json.loads(server.body)
            if _normal(arrived) != _normal(sent):
                raise TripError(f"the body is {_shown(arrived)}, and {_shown(sent)} was passed")
            if wrong := complaint(self.made.pinned, schema, arrived):
                raise TripError(f"the body breaks the document: {wrong}")
        elif kind is Kind.MULTIPART:
            _check_names(_parts(server), sent)
        elif kind is Kind.FORM:
            _check_names([name for name, _ in parse_qsl(server.body.decode(), keep_blank_values=True)], sent)

    def _check_query(self, target: str) -> None:
        names = {name.partition("[")[0] for name, _ in parse_qsl(target.partition("?")[2], keep_blank_values=True)}
        for parameter in self.call.parameters:
            name = parameter.wire_name.get_untrusted_value()
            has_parts = any(str(option) for option in parameter.options)
            if parameter.location == "query" and parameter.argument.is_required and not has_parts and name not in names:
                raise TripError(f"the query has no {name}")


def trip(folder_package: str, made: Made) -> str | None:
    """Make every call of an operation, and say what is not as the document says."""
    try:
        asyncio.run(_trips(folder_package, made))
    except TripError as error:
        return str(error)
    except Exception as error:  # whatever a call raises
        return f"{type(error).__name__}: {' '.join(str(error).split())[:_LONGEST]}"
    return None


async def _trips(package: str, made: Made) -> None:
    if made.plan is None:
        return
    root = importlib.import_module(package)
    models = importlib.import_module(f"{package}.models")
    home = cast("Mapping[str, str]", vars(root)["_MODULES"])[made.plan.calls[0].function]
    module = importlib.import_module(home, package)
    [(_, _, operation)] = operations(made.pinned)
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, root.Client(base_url=f"http://127.0.0.1:{port}/v1", api_key="key", max_retries=0) as client:
        for call in made.plan.calls:
            for variant in range(_width(made.pinned, operation)):
                await _Trip(made, module, models, call, operation, variant).run(client, server)


def _width(document: Node, operation: Node) -> int:
    samples = Samples(document)
    bodies = [resolve(document, operation.get("requestBody"))] if "requestBody" in operation else []
    bodies += [resolve(document, response) for response in node(operation.get("responses")).values()]
    schemas = [node(part).get("schema", _ANY) for body in bodies for part in node(body.get("content")).values()]
    return max([1, *map(samples.width, schemas)])


def _python(samples: Samples, schema: object, value: object, models: ModuleType) -> object:
    """Return the value that a caller passes for a JSON value of a parameter."""
    found = samples.whole(schema)
    if isinstance(value, list):
        return [_python(samples, found.get("items", _ANY), item, models) for item in cast("list[object]", value)]
    kinds: Mapping[str, Callable[[str], object]] = {
        "date": date.fromisoformat,
        "date-time": datetime.fromisoformat,
        "uuid": UUID,
    }
    convert = kinds.get(str(found.get("format")))
    if convert and isinstance(value, str):
        return convert(value)
    if isinstance(value, Mapping):
        return _Members(dict(cast("Mapping[str, object]", value)))
    return value


@frozen
class _Members:
    """An object of a parameter, as the models are."""

    members: dict[str, object]

    def to_dict(self) -> dict[str, object]:
        """Return the members by their names on the wire."""
        return self.members


def _parts(server: Server) -> list[str]:
    head = f"Content-Type: {server.header('content-type')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + server.body)
    return [str(part.get_param("name", header="content-disposition")) for part in message.iter_parts()]


def _check_names(arrived: list[str], sent: object) -> None:
    expected = {name for name, value in node(sent).items() if value not in (None, [])}
    if missing := expected - set(arrived):
        raise TripError(f"the body has no {', '.join(sorted(missing))}")


def _plain(value: object) -> object:
    to_dict = getattr(value, "to_dict", None)
    if callable(to_dict):
        return to_dict()
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[object]", value)]
    return value


def _normal(value: object) -> object:
    """Return a value without null members and empty arrays, its date-times as instants."""
    if isinstance(value, Mapping):
        members = {name: _normal(member) for name, member in cast("Mapping[str, object]", value).items()}
        return {name: member for name, member in members.items() if member is not None and member != []}
    if isinstance(value, list):
        return [_normal(item) for item in cast("list[object]", value)]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, str) and "T" in value:
        try:
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
        except ValueError:
            return value
    return value


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
