"""Round trips: each call is made against a server on this machine, which holds what it gets against the document."""

import asyncio
import importlib
import json
from ast import literal_eval
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from types import ModuleType
from typing import Protocol, cast

from attrs import Factory, define, evolve, frozen

from tools.generate.events import Events
from tools.generate.functions import Call, Parameter
from tools.openapi.contents import read_content, sent_contents
from tools.openapi.document import Node, is_node, node, nodes, operations, resolve
from tools.openapi.media import EVENTS, STRUCTURED, Kind
from tools.samples.events import events_of, is_end, is_error
from tools.samples.samples import MIN_WIDTH, Samples
from tools.samples.validity import Judge
from tools.survey.arrivals import Arrival, TripError, check_pairs, check_path, normal, plain, shown
from tools.survey.event_trips import Opened, check_error, check_events, write_stream
from tools.survey.keywords import python_value
from tools.survey.making import Made
from tools.survey.packages import SHARED

_LONGEST = 300
_ANY: Node = {}
_PREFIX = "/v1"
_MAX_TRIES = 16
"""How many values are made until one is what the document allows."""


@define
class Server:
    """A server that keeps the last request and gives the response that it is told."""

    arrival: Arrival = Factory(Arrival)
    response: bytes = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read requests of one connection, and respond to each."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                arrival = Arrival(head.decode("latin-1"))
                arrival.body = await reader.readexactly(int(arrival.header("content-length") or 0))
                self.arrival = arrival
                writer.write(self.response)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


class _Detailed(Protocol):
    parsed: object


class _Function(Protocol):
    def __call__(self, client: object, /, **arguments: object) -> Awaitable[_Detailed]: ...


class _Streaming(Protocol):
    def __call__(self, client: object, /, **arguments: object) -> Opened: ...


@frozen
class _Trip:
    """One call with one choice of values."""

    made: Made
    module: ModuleType
    models: ModuleType
    call: Call
    operation: Node
    judge: Judge
    variant: int

    async def run(self, client: object, server: Server) -> None:
        """Make the call, and hold what arrives and what it returns against the document."""
        values, arguments, sent = self._given()
        status, value = self._respond(server)
        function = cast(_Function, getattr(self.module, self.call.detailed))
        result = await function(client, **arguments)
        self._check_target(server.arrival, values)
        self._check_body(server.arrival, sent)
        if status is not None and normal(plain(result.parsed)) != normal(value):
            raise TripError(f"the response reads as {shown(plain(result.parsed))}, and was {shown(value)}")

    async def run_events(self, client: object, server: Server, planned: Events) -> None:
        """Make the call for events, and have the server send each that the document knows."""
        values, arguments, sent = self._given(asks_for_events=True)
        function = cast(_Streaming, getattr(self.module, self.call.events))
        call = partial(function, client, **arguments)
        every = [one for one in events_of(self.made.pinned, self.operation, self.judge) if not is_end(one)]
        known = [one for one in every if not is_error(one)]
        server.response = write_stream(known, planned)
        await check_events(call, known, planned)
        self._check_target(server.arrival, values)
        self._check_body(server.arrival, sent)
        if server.arrival.header("accept") != EVENTS:
            raise TripError(f"the header accept is {server.arrival.header('accept')}")
        for one in every:
            if is_error(one):
                server.response = write_stream([one], planned)
                await check_error(call, one)

    def _given(
        self, *, asks_for_events: bool = False
    ) -> tuple[list[tuple[Parameter, object]], dict[str, object], object]:
        """Return the values of the parameters, the arguments of the call, and what is to be sent for its body."""
        samples = Samples(self.made.pinned, self.variant, is_plain=True, judge=self.judge)
        values = [
            (parameter, schema, _without_nulls(self._passed(parameter, samples, schema)))
            for parameter, schema in self._parameters()
        ]
        arguments = {
            # A header takes strings alone.
            parameter.argument.keyword: value
            if parameter.location == "header"
            else python_value(samples, schema, value)
            for parameter, schema, value in values
        }
        sent = self._body(arguments, asks_for_events=asks_for_events)
        return [(parameter, value) for parameter, _, value in values], arguments, sent

    def _passed(self, parameter: Parameter, samples: Samples, schema: object) -> object:
        """Return a value for a parameter; one that is required has no form for null."""
        variants = range(
            self.variant, self.variant + _MAX_TRIES if parameter.argument.is_required else self.variant + 1
        )
        values = [evolve(samples, variant=variant).of(schema) for variant in variants]
        return next((value for value in values if value is not None), None)

    def _parameters(self) -> Iterator[tuple[Parameter, object]]:
        """Yield the parameters of the call with their schemas."""
        [path] = node(self.made.pinned["paths"]).values()
        every = [*nodes(node(path).get("parameters")), *nodes(self.operation.get("parameters"))]
        declared = {(part["in"], part["name"]): part for part in (resolve(self.made.pinned, one) for one in every)}
        for parameter in self.call.parameters:
            if parameter.switch is not None:
                continue
            found = declared[parameter.location, parameter.wire_name.get_untrusted_value()]
            content = next(iter(node(found.get("content")).values()), None)
            yield parameter, found.get("schema") if content is None else node(content).get("schema")

    def _body(self, arguments: dict[str, object], *, asks_for_events: bool) -> object:
        """Add the keywords of the body, and return what is to be sent for it."""
        if self.call.body is None:
            return None
        kind, schema = self._content()
        has_files = kind is not Kind.JSON
        is_object = self.call.body.is_object or self.call.body.model is not None  # no caller can pass null for it
        value = self._value(schema, has_files=has_files, is_object=is_object)
        passed = value
        if switch := self.call.body.switch:  # no caller gives it
            name = switch.wire_name.get_untrusted_value()
            passed = {member: part for member, part in node(value).items() if member != name}
            said = switch.on if asks_for_events else switch.off
            value = {**passed, **({name: literal_eval(said.as_unembedded_code())} if said else {})}
        if self.call.body.model is None:
            keyword = self.call.body.members[0].keyword
            if self.call.body.is_object:
                arguments[keyword] = self._model_of(passed, self.call.body.members[0].type.as_unembedded_code())
            else:
                arguments[keyword] = passed if kind in STRUCTURED else b"content"
            return value
        value = self._asked_members(schema, node(value))
        model = getattr(self.models, self.call.body.model).from_dict(value)
        for member in self.call.body.members:
            arguments[member.keyword] = getattr(model, member.attribute)
        if further := getattr(model, "additional_properties", None):  # what is required, and has no keyword
            arguments["extra_fields"] = further
        return value

    def _asked_members(self, schema: object, value: Node) -> Node:
        """Return the members of a body that a caller gives, without those that only a server sets."""
        declared = node(Samples(self.made.pinned, judge=self.judge).whole(schema).get("properties"))
        members = {name: resolve(self.made.pinned, member) for name, member in declared.items()}
        return {name: part for name, part in value.items() if node(members.get(name)).get("readOnly") is not True}

    def _value(
        self, schema: object, *, unknown: bool = False, has_files: bool = False, is_object: bool = False
    ) -> object:
        """Return a value for a schema: that of the variant, or of the next one that the document allows."""
        samples = Samples(self.made.pinned, unknown=unknown, has_files=has_files, judge=self.judge)
        values = (evolve(samples, variant=self.variant + more).of(schema) for more in range(_MAX_TRIES))
        first = next(values)
        fitting = (value for value in chain([first], values) if is_node(value) or not is_object)
        return next((value for value in fitting if self.judge.accepts(schema, value)), first)

    def _model_of(self, value: object, annotation: str) -> object:
        """Return the model of a body that is passed as one: of those that take it, the one with most of its members."""
        check = vars(importlib.import_module(f"{SHARED}._runtime.request.checks"))["check_model"]
        taken: list[object] = []
        refusals: list[ValueError] = []
        for name in annotation.removesuffix(" | None").split(" | "):
            try:
                model = getattr(self.models, name.rpartition(".")[2]).from_dict(value)
                check(model)
                taken.append(model)
            except ValueError as error:
                refusals.append(error)
        if not taken:
            raise refusals[0]
        return min(taken, key=lambda model: len(getattr(model, "additional_properties", ())))

    def _content(self) -> tuple[Kind, object]:
        body = resolve(self.made.pinned, self.operation["requestBody"])
        encoding = self.call.body.encoding.as_unembedded_code() if self.call.body else ""
        kinds = {"Form": Kind.FORM, "Multi": Kind.MULTIPART, "Json": Kind.JSON, "File": Kind.BINARY, "Text": Kind.TEXT}
        kind = next(kind for start, kind in kinds.items() if encoding.startswith(start))
        for one in sent_contents(self.made.pinned, body.get("content")):
            if one.kind is kind:
                return kind, one.part.get("schema", _ANY)
        raise TripError(f"no body of the document is what {encoding} writes")

    def _respond(self, server: Server) -> tuple[str | None, object]:
        responses = node(self.operation.get("responses"))
        status = next((one for one in responses if one.startswith("2")), "default")
        code = status if status.isdecimal() else "200"
        is_head = self.made.place.startswith("HEAD ")  # a response to which has no body
        offered = resolve(self.made.pinned, responses.get(status)).get("content")
        content = None if is_head else read_content(self.made.pinned, offered)
        schema = content.part.get("schema", _ANY) if content else _ANY
        value: object = None
        body = b""
        if content and content.kind is Kind.JSON:
            value = self._value(schema, unknown=True)
            if wrong := self.judge.complaint(schema, value):
                raise TripError(f"no value was found for the response: {wrong}")
            body = json.dumps(value).encode()
        elif content:
            body = b"content"
            value = "content" if content.kind is Kind.TEXT else b"content"
        length = f"Content-Type: {content.media_type if content else 'text/plain'}\r\nContent-Length: {len(body)}\r\n"
        server.response = f"HTTP/1.1 {code} OK\r\n{'' if code == '204' else length}\r\n".encode() + body
        return (None if content is None else code), value

    def _check_target(self, arrival: Arrival, values: Sequence[tuple[Parameter, object]]) -> None:
        method, _, template = self.made.place.partition(" ")
        if arrival.method != method:
            raise TripError(f"the method is {arrival.method}")
        by_location: dict[str, dict[str, object]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for parameter, value in values:
            # Those that are not written as is usual have tests of their own, and so have objects.
            if not any(str(option) for option in parameter.options) and not _holds_objects(value):
                by_location[parameter.location][parameter.wire_name.get_untrusted_value()] = value
        check_path(arrival, _PREFIX, template, by_location["path"])
        check_pairs("the query", arrival.query, by_location["query"])
        headers = {name: value for name, value in by_location["header"].items() if not isinstance(value, list)}
        check_pairs("the header section", [(name, arrival.header(name)) for name in headers], headers)

    def _check_body(self, arrival: Arrival, sent: object) -> None:
        if self.call.body is None:
            return
        kind, schema = self._content()
        if normal(sent) in ({}, None) and not self.call.body.is_required and not arrival.body:
            return  # nothing is given for a body that may be left out
        if kind is Kind.JSON:
            is_optional = self.call.body.model is not None and not self.call.body.is_required
            # A body that may be left out is, if none of its members is given.
            arrived: object = json.loads(arrival.body or ("{}" if is_optional else ""))
            if normal(arrived) != normal(sent):
                raise TripError(f"the body is {shown(arrived)}, and {shown(sent)} was passed")
            if wrong := self.judge.complaint(schema, arrived):
                raise TripError(f"the body breaks the document: {wrong}")
        elif kind in (Kind.MULTIPART, Kind.FORM):
            check_pairs("the body", arrival.parts() if kind is Kind.MULTIPART else arrival.fields(), self._usual(sent))
        elif arrival.body != b"content":
            raise TripError(f"the body is {arrival.body[:_LONGEST]!r}, and b'content' was passed")

    def _usual(self, sent: object) -> dict[str, object]:
        """Return the fields of a form that are written as is usual: scalars and files, and arrays of them."""
        content = node(resolve(self.made.pinned, self.operation["requestBody"]).get("content"))
        encoded = {name for part in content.values() for name in node(node(part).get("encoding"))}
        return {name: value for name, value in node(sent).items() if name not in encoded and not _holds_objects(value)}


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
    judge = Judge.of(made.pinned)
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with (
        listening,
        root.Client(base_url=f"http://127.0.0.1:{port}{_PREFIX}", api_key="key", max_retries=0) as client,
    ):
        for call in made.plan.calls:
            for variant in range(_width(Samples(made.pinned, judge=judge), operation)):
                await _Trip(made, module, models, call, operation, judge, variant).run(client, server)
            if events := made.plan.events:
                await _Trip(made, module, models, call, operation, judge, 0).run_events(client, server, events)


def _width(samples: Samples, operation: Node) -> int:
    document = samples.document
    bodies = [resolve(document, operation.get("requestBody"))] if "requestBody" in operation else []
    bodies += [resolve(document, response) for response in node(operation.get("responses")).values()]
    schemas = [node(part).get("schema", _ANY) for body in bodies for part in node(body.get("content")).values()]
    return max([MIN_WIDTH, *map(samples.width, schemas)])


def _without_nulls(value: object) -> object:
    """Return a value without items that are null, for which a parameter has no form."""
    return [item for item in cast("list[object]", value) if item is not None] if isinstance(value, list) else value


def _holds_objects(value: object) -> bool:
    items = cast("list[object]", value) if isinstance(value, list) else [value]
    return any(isinstance(item, Mapping | list) or item is None for item in items)
