"""The fake of a client's server, for its module `testing`: the least response to each call that the document allows."""

import json
from collections.abc import Iterator, Sequence

from attrs import frozen
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode

from tools.generate.functions import Call
from tools.generate.images import Images
from tools.generate.operations import Operation
from tools.generate.plan import Plan
from tools.openapi.choice import every_operation
from tools.openapi.contents import Content, read_content
from tools.openapi.document import Node, node, nodes, resolve
from tools.openapi.media import Kind
from tools.samples.events import events_of, is_end, is_error
from tools.samples.samples import Samples
from tools.samples.validity import Judge

_COUNT, _SIZE = "n", "size"
"""The fields that say how many images there are to be, and how large."""

_ANY: Node = {}


@frozen
class Fake:
    """One call, and the response to it.

    Attributes:
        module: The module of its function, below the package.
        model: The expression of the module and the class of its body, if the body has fields.
        status: The status of the response.
        media_type: The media type of the response.
        body: The body of the response; None if none was found that the document allows.
        events: The expression of the names and data of its events, if it has some.
        defaults: The expression of the defaults of the fields that say which images are asked for.
        form: The field that says whether images or links are asked for.
    """

    operation: Operation
    call: Call
    module: str
    model: PythonCode | None
    status: int
    media_type: UntrustedString | None
    body: UntrustedString | None
    events: PythonCode | None
    defaults: PythonCode | None
    form: UntrustedString | None

    @property
    def images(self) -> Images | None:
        """Where its response has images, if it has some."""
        return self.operation.images

    @property
    def count(self) -> UntrustedString:
        """The field that says how many images there are to be."""
        return UntrustedString(_COUNT)

    @property
    def size(self) -> UntrustedString:
        """The field that says how large they are to be."""
        return UntrustedString(_SIZE)


def fakes_of(document: Node, plan: Plan) -> list[Fake]:
    """Return what a fake of the server of a document does for each call of a package."""
    raw = {(found.path, found.method): found.operation for found in every_operation(document)}
    maker = _Maker(document, Judge.of(document), {found.name: found.module for found in plan.exported})
    return [
        maker.fake(raw[found.path.get_untrusted_value(), found.method.lower()], found, call)
        for found in plan.operations.values()
        for call in found.calls
    ]


@frozen
class _Maker:
    document: Node
    judge: Judge
    homes: dict[str, str]

    def fake(self, raw: Node, operation: Operation, call: Call) -> Fake:
        # YAML reads the status 200 as a number if it is not in quotes.
        responses = {str(status): response for status, response in node(raw.get("responses")).items()}
        status = next((found for found in responses if found.startswith("2")), None)
        described = resolve(self.document, responses.get(status or "default"))
        content = read_content(self.document, described.get("content"))
        fields = self._fields(raw) if operation.images else _ANY
        names = (_COUNT, _SIZE, form := self._form(operation.images, fields))
        defaults = {name: value for name in names if (value := self._default(fields.get(name))) is not None}
        return Fake(
            operation,
            call,
            module=f".api.{operation.tag}.{operation.module}",
            model=self._model(call),
            status=int(status) if status and status.isdecimal() else 200,
            media_type=UntrustedString(content.media_type) if content else None,
            body=self._body(operation, content),
            events=self._events(raw, operation),
            defaults=PythonCode(repr(defaults)) if defaults else None,
            form=UntrustedString(form) if operation.images else None,
        )

    def _model(self, call: Call) -> PythonCode | None:
        if call.body is None or not call.body.is_object:
            return None
        name = call.body.model or call.body.members[0].type.as_unembedded_code().removesuffix(" | None")
        return PythonCode(repr((f".models.{self.homes[name]}", name))) if name in self.homes else None

    def _body(self, operation: Operation, content: Content | None) -> UntrustedString | None:
        if content is None or operation.returns_nothing:
            return UntrustedString("")
        if content.kind is not Kind.JSON:
            return UntrustedString("text" if content.kind is Kind.TEXT else "content")
        # What makes a response usable is no matter of its schema, which may leave that out.
        is_least = operation.usable is None or operation.images is not None
        schema = content.part.get("schema", _ANY)
        try:
            value = Samples(self.document, is_least=is_least, judge=self.judge).of(schema)
            is_valid = self.judge.complaint(schema, value) is None
        except Exception:  # whatever a search for values stumbles on is no reason to refuse a document
            return None
        return UntrustedString(json.dumps(value)) if is_valid else None

    def _events(self, raw: Node, operation: Operation) -> PythonCode | None:
        planned = operation.events
        if planned is None:
            return None
        try:
            values = events_of(self.document, raw, self.judge, is_least=True)
        except Exception:  # likewise
            return None
        found: dict[str, tuple[str | None, object]] = {}
        for value in values:
            if not is_error(value) and not is_end(value):
                members = node(value)
                name = members.get("event" if planned.is_whole else "type")
                data = members.get("data") if planned.is_whole else value
                found.setdefault(str(name or sorted(members)), (str(name) if name else None, data))
        return PythonCode(repr(tuple(found.values())))

    def _fields(self, raw: Node) -> Node:
        """Return the schemas of the fields of a request, by their names."""
        content = node(resolve(self.document, raw.get("requestBody")).get("content"))
        samples = Samples(self.document, judge=self.judge)
        schemas = [samples.whole(node(part).get("schema")) for part in content.values()]
        return {name: part for schema in schemas for name, part in node(schema.get("properties")).items()}

    def _form(self, images: Images | None, fields: Node) -> str:
        if images is None:
            return ""
        members = {name.get_untrusted_value() for name in (images.wire_payload, images.wire_link)}
        return next((name for name, schema in fields.items() if members <= set(self._values(schema))), "")

    def _values(self, schema: object) -> Iterator[object]:
        for found in self._branches(schema):
            if isinstance(values := found.get("enum"), list):
                yield from values

    def _default(self, schema: object) -> object:
        return next((found["default"] for found in self._branches(schema) if "default" in found), None)

    def _branches(self, schema: object) -> Iterator[Node]:
        found = resolve(self.document, schema)
        branches: Sequence[Node] = [*nodes(found.get("anyOf")), *nodes(found.get("oneOf"))]
        yield from (found, *(resolve(self.document, branch) for branch in branches))
