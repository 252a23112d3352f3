"""What each module of `api/` says: the generator's endpoints joined with the document's operations."""

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen
from openapi_python_client.config import Config
from openapi_python_client.parser.bodies import Body, BodyType
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode, PythonIdentifier

from tools import types
from tools.document import JSON, DocumentError, Node, is_node, node, nodes, operations, resolved, texts
from tools.models import Import, Member, Models, imports_of, optional, text_of
from tools.rules import media_types_of, rules_of, tuple_of
from tools.security import security_of

OPTIONS: tuple[str, ...] = ("client", "extra_fields", "extra_headers", "extra_query")
"""The keywords of every call that are not the document's."""

_SUFFIXES = {BodyType.JSON: "json", BodyType.FILES: "multipart", BodyType.DATA: "form", BodyType.CONTENT: "file"}
_EVENT_STREAM = "text/event-stream"


@frozen
class Argument:
    """One keyword of a call that the document names.

    Attributes:
        keyword: Its name in the call.
        attribute: The model's attribute that it becomes, or the parameter's name.
    """

    keyword: str
    attribute: str
    type: PythonCode
    is_required: bool
    description: UntrustedString | None
    server_default: UntrustedString | None


@frozen
class Parameter:
    """One parameter outside the body."""

    argument: Argument
    wire_name: UntrustedString
    location: str
    rules: PythonCode | None


@frozen
class Call:
    """One function: an operation with one of its kinds of body.

    Attributes:
        constant: The name of the module's constant that describes it.
        body: The class that `members` make, where the body is an object.
        members: The keywords that the body is made of.
        encoding: The expression of how the body is written, if there is one.
    """

    function: str
    constant: str
    parameters: tuple[Parameter, ...]
    body: str | None
    members: tuple[Argument, ...]
    encoding: PythonCode | None

    @property
    def takes_fields(self) -> bool:
        """Whether further fields can be put into the body."""
        return self.body is not None

    @property
    def arguments(self) -> list[Argument]:
        """Every keyword that the document names, those that must be given first."""
        arguments = [*(parameter.argument for parameter in self.parameters), *self.members]
        return sorted(arguments, key=lambda argument: not argument.is_required)


@frozen
class Answer:
    """How one status of a success is read."""

    status: str
    reading: PythonCode


@frozen
class UsableAnswer:
    """What makes an answer worth having (`x-usable-answer`)."""

    items: str
    any_of: tuple[str, ...]


@frozen
class Operation:
    """One module of `api/`."""

    operation_id: UntrustedString
    method: str
    path: UntrustedString
    summary: UntrustedString | None
    description: UntrustedString | None
    calls: tuple[Call, ...]
    answers: tuple[Answer, ...]
    answer_type: PythonCode
    answer_description: UntrustedString | None
    usable: UsableAnswer | None
    security: PythonCode | None
    accept: UntrustedString | None
    imports: tuple[Import, ...]


def server_of(document: Node) -> UntrustedString:
    """The URL of the document's first server.

    Raises:
        DocumentError: There is no absolute one.
    """
    servers = nodes(document.get("servers"))
    url = servers[0].get("url") if servers else None
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or "{" in url:
        raise DocumentError("servers: the first server needs an absolute http(s) URL without variables")
    return UntrustedString(url.rstrip("/"))


class Operations:
    """The operations of a document."""

    def __init__(self, document: Node, models: Models, config: Config) -> None:
        self._document = document
        self._models = models
        self._config = config
        self._raw = {self._name_of(path, method, raw): (path, raw) for path, method, raw in operations(document)}

    def plan(self, endpoint: Endpoint) -> Operation:
        """What the module of one endpoint says.

        Raises:
            DocumentError: It needs what this client does not do.
        """
        path, raw = self._raw[str(endpoint.name)]
        if endpoint.cookie_parameters:
            raise DocumentError(f"{endpoint.name}: cookie parameters are not supported")
        answers = _successes(endpoint)
        kinds = list(dict.fromkeys(_answer_type(answer) for answer in answers))
        success = resolved(self._document, node(raw.get("responses")).get(answers[0].status_code.pattern))
        security = security_of(self._document, raw)
        return Operation(
            operation_id=UntrustedString(str(raw.get("operationId", endpoint.name))),
            method=endpoint.method.upper(),
            path=UntrustedString(path),
            summary=text_of(raw.get("summary")),
            description=text_of(raw.get("description")),
            calls=tuple(self._calls(endpoint, path, raw)),
            answers=tuple(Answer(answer.status_code.pattern, PythonCode(self._reading(answer))) for answer in answers),
            answer_type=PythonCode(" | ".join(kinds)),
            answer_description=text_of(success.get("description")),
            usable=self._usable(answers[0].prop),
            security=PythonCode(security) if security else None,
            accept=text_of(self._accept(endpoint.name, success)),
            imports=tuple(sorted(set(self._imports(endpoint, answers)))),
        )

    def _name_of(self, path: str, method: str, raw: Node) -> str:
        name = raw.get("operationId")
        if not isinstance(name, str):
            raise DocumentError(f"{method.upper()} {path}: an operationId is needed to name the function")
        return str(PythonIdentifier(name, self._config.field_prefix))

    def _calls(self, endpoint: Endpoint, path: str, raw: Node) -> Iterator[Call]:
        bodies: list[Body | None] = [*endpoint.bodies] or [None]
        for index, body in enumerate(bodies):
            # The first kind of body has the operation's own name; each further one says its kind.
            function = str(endpoint.name) + (f"_{_SUFFIXES[body.body_type]}" if body and index else "")
            keywords = _Keywords()
            in_path = self._parameters(endpoint.path_parameters, "path", path, raw, keywords)
            members = self._members(body, keywords)
            in_query = self._parameters(endpoint.query_parameters, "query", path, raw, keywords)
            in_header = self._parameters(endpoint.header_parameters, "header", path, raw, keywords)
            yield Call(
                function=function,
                constant=f"_{function}".upper(),
                parameters=(*in_path, *in_query, *in_header),
                body=str(body.prop.class_info.name) if body and isinstance(body.prop, ModelProperty) else None,
                members=members,
                encoding=PythonCode(self._encoding(body, raw)) if body else None,
            )

    def _parameters(
        self, props: Sequence[PropertyProtocol], location: str, path: str, raw: Node, keywords: "_Keywords"
    ) -> list[Parameter]:
        declared = [*nodes(raw.get("parameters")), *nodes(node(node(self._document["paths"])[path]).get("parameters"))]
        by_place = {
            (parameter.get("in"), parameter.get("name")): parameter
            for parameter in (resolved(self._document, part) for part in reversed(declared))
        }
        return [self._parameter(prop, location, by_place, keywords) for prop in props]

    def _parameter(
        self,
        prop: PropertyProtocol,
        location: str,
        declared: Mapping[tuple[object, object], Node],
        keywords: "_Keywords",
    ) -> Parameter:
        parameter = declared[location, prop.name.get_untrusted_value()]
        schema = resolved(self._document, parameter.get("schema"))
        annotation = types.argument_type(prop)
        rules = rules_of(self._document, schema)
        name = types.identifier(prop.name, self._config)
        argument = Argument(
            keyword=keywords.take(name, location),
            attribute=name,
            type=PythonCode(annotation if prop.required else optional(annotation)),
            is_required=prop.required,
            description=text_of(parameter.get("description", schema.get("description"))),
            server_default=text_of(schema.get("default")),
        )
        return Parameter(argument, prop.name, location, PythonCode(tuple_of(rules)) if rules else None)

    def _members(self, body: Body | None, keywords: "_Keywords") -> tuple[Argument, ...]:
        if body is None:
            return ()
        if isinstance(body.prop, ModelProperty):
            return tuple(_argument(member, keywords) for member in self._models.members(body.prop))
        annotation = types.argument_type(body.prop)
        return (
            Argument(
                keyword=keywords.take("body", "body"),
                attribute="body",
                type=PythonCode(annotation if body.prop.required else optional(annotation)),
                is_required=body.prop.required,
                description=body.prop.description,
                server_default=None,
            ),
        )

    def _encoding(self, body: Body, raw: Node) -> str:
        media_type = body.content_type.get_untrusted_value()
        if body.body_type == BodyType.DATA:
            return "FormBody()"
        if body.body_type == BodyType.CONTENT:
            return f"FileBody({media_type!r})"
        if body.body_type == BodyType.JSON:
            kind = "JsonBody" if isinstance(body.prop, ModelProperty) else "JsonValueBody"
            return f"{kind}()" if media_type == JSON else f"{kind}({media_type!r})"
        content = node(node(resolved(self._document, raw.get("requestBody")).get("content")).get(media_type))
        media_types = media_types_of(self._document, content.get("schema"), content.get("encoding"))
        return f"MultipartBody({media_types!r})"

    def _accept(self, name: str, success: Node) -> str | None:
        media_types = list(node(success.get("content")))
        if media_types and all(media_type.startswith(_EVENT_STREAM) for media_type in media_types):
            raise DocumentError(f"{name}: it answers with {_EVENT_STREAM} only, which is not supported")
        return next((media_type for media_type in media_types if not media_type.startswith(_EVENT_STREAM)), None)

    def _reading(self, answer: Response) -> str:
        kind = answer.source["return_type"]
        if kind != "Any":
            return {"bytes": "BytesAnswer()", "str": "TextAnswer()", "None": "NoAnswer()"}[kind]
        if isinstance(answer.prop, ModelProperty):
            condition = ", _is_usable" if self._usable(answer.prop) else ""
            return f"ModelAnswer({answer.prop.class_info.name}{condition})"
        return f"JsonAnswer({types.reader(answer.prop)})"

    def _usable(self, prop: PropertyProtocol) -> UsableAnswer | None:
        if not isinstance(prop, ModelProperty):
            return None
        condition = self._models.schema_of(prop).get("x-usable-answer")
        if not is_node(condition):
            return None
        return UsableAnswer(items=str(condition.get("items")), any_of=tuple(texts(condition.get("any-of"))))

    def _imports(self, endpoint: Endpoint, answers: list[Response]) -> Iterator[Import]:
        props = [*endpoint.path_parameters, *endpoint.query_parameters, *endpoint.header_parameters]
        props += [answer.prop for answer in answers]
        for body in endpoint.bodies:
            props.append(body.prop)
            if isinstance(body.prop, ModelProperty):
                props += [*(body.prop.required_properties or []), *(body.prop.optional_properties or [])]
        for prop in props:
            yield from imports_of(prop)


class _Keywords:
    """The keywords of one call: each name once, and none that is an option's."""

    def __init__(self) -> None:
        self._taken = set(OPTIONS)

    def take(self, name: str, location: str) -> str:
        """The name, with its location appended where the name is taken."""
        keyword = name if name not in self._taken else f"{name}_{location}"
        if keyword in self._taken:
            raise DocumentError(f"the parameter {name} is there more than once")
        self._taken.add(keyword)
        return keyword


def _argument(member: Member, keywords: _Keywords) -> Argument:
    return Argument(
        keyword=keywords.take(member.name, "body"),
        attribute=member.name,
        type=member.argument_type,
        is_required=member.is_required,
        description=member.description,
        server_default=member.server_default,
    )


def _successes(endpoint: Endpoint) -> list[Response]:
    answers = [
        answer
        for answer in endpoint.responses.patterns
        if answer.status_code.range is not None and 200 <= answer.status_code.range[0] < 300
    ]
    if not answers:
        raise DocumentError(f"{endpoint.name}: it documents no answer with a 2xx status")
    return answers


def _answer_type(answer: Response) -> str:
    kind = answer.source["return_type"]
    return types.answer_type(answer.prop) if kind == "Any" else kind
