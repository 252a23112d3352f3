"""What each module of `api/` says: the generator's endpoints joined with the document's operations."""

import re
from collections.abc import Iterator, Sequence

from attrs import frozen
from openapi_python_client.config import Config
from openapi_python_client.parser.openapi import Endpoint, EndpointCollection
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode, PythonIdentifier

from tools.document import DocumentError, Node, is_node, node, nodes, operations, texts
from tools.generating import types
from tools.generating.calls import Call, Calls
from tools.generating.models import Import, Models, imports_of, text_of
from tools.generating.rules import is_nullable
from tools.generating.view import MEDIA_TYPE
from tools.security import credentials_of

_SERVER = re.compile(r"https?://[^\s/?#@{}\"\\]+(/[^\s?#{}\"\\]*)?")
"""A URL without a user part, query or fragment: those are the client's affair. Braces hold variables."""


@frozen
class Answer:
    """How one status of a success is read."""

    status: str
    reading: PythonCode


@frozen
class UsableAnswer:
    """What makes an answer worth having (`x-usable-answer`): attributes of the model and of its items."""

    model: str
    items: str
    any_of: tuple[str, ...]


@frozen
class Images:
    """Where an answer has its images: members of the answer and of its items, as attributes and on the wire."""

    answer: Import
    item: Import
    items: str
    payload: str
    link: str
    wire_items: UntrustedString
    wire_payload: UntrustedString
    wire_link: UntrustedString


@frozen
class Operation:
    """One module of `api/`.

    Attributes:
        module: The name of its file, which is not always the function's.
        description: The summary and what else is said of it.
        errors: The statuses that the document describes and a call raises.
        further_credentials: What the server asks for that the client's key is not.
        accept: What is asked for in the `Accept` header.
    """

    module: str
    operation_id: UntrustedString
    method: str
    path: UntrustedString
    description: UntrustedString | None
    is_deprecated: bool
    calls: tuple[Call, ...]
    answers: tuple[Answer, ...]
    answer_type: PythonCode
    answer_description: UntrustedString | None
    errors: tuple[UntrustedString, ...]
    usable: UsableAnswer | None
    images: Images | None
    security: PythonCode | None
    further_credentials: tuple[UntrustedString, ...]
    accept: UntrustedString | None
    imports: tuple[Import, ...]

    @property
    def functions(self) -> list[str]:
        """The names of its functions."""
        names = [name for call in self.calls for name in (call.function, call.detailed)]
        saving = [f"{call.function}{suffix}" for call in self.calls for suffix in ("_files", "_stream")]
        return [*names, *saving] if self.images else names

    @property
    def answers_nothing(self) -> bool:
        """Whether a call has no result."""
        return self.answer_type == PythonCode("None")


def server_of(document: Node) -> UntrustedString:
    """The URL of the first server of every operation.

    Raises:
        DocumentError: There is no absolute one, or operations have different ones.
    """
    common = document.get("servers")
    urls = {
        f"{method.upper()} {path}": _url(operation.get("servers", common))
        for path, method, operation in operations(document)
    }
    if len(set(urls.values())) > 1:
        found = " and ".join(f"{url} ({place})" for place, url in urls.items())
        raise DocumentError(f"servers: a client has one base URL, and operations are at different ones: {found}")
    return UntrustedString(next(iter(urls.values()), None) or _url(common))


def _url(servers: object) -> str:
    """The first server's URL, with the defaults of its variables."""
    server = node(next(iter(nodes(servers)), None))
    url = str(server.get("url", ""))
    for name, variable in node(server.get("variables")).items():
        url = url.replace(f"{{{name}}}", str(node(variable).get("default", f"{{{name}}}")))
    if not _SERVER.fullmatch(url):
        raise DocumentError("servers: the first server needs an absolute http(s) URL without variables")
    return url.rstrip("/")


class Operations:
    """The operations of a document."""

    def __init__(self, document: Node, models: Models, config: Config) -> None:
        self._document = document
        self._models = models
        self._config = config
        self._calls = Calls(document, models, config)
        self._raw = {
            str(PythonIdentifier(str(raw["operationId"]), config.field_prefix)): (path, raw)
            for path, _, raw in operations(document)
        }

    def tag_of(self, collection: EndpointCollection) -> UntrustedString:
        """The tag of some operations, as the document has it."""
        _, raw = self._raw[str(collection.endpoints[0].name)]
        return UntrustedString(" ".join(next(iter(texts(raw.get("tags"))), str(collection.tag)).split()))

    def plan(self, endpoint: Endpoint) -> Operation:
        """What the module of one endpoint says.

        Raises:
            DocumentError: It needs what this client does not do.
        """
        path, raw = self._raw[str(endpoint.name)]
        answers = _successes(endpoint)
        documented = node(raw.get("responses"))
        credentials = credentials_of(self._document, raw)
        imports = {
            *self._calls.imports(endpoint),
            *(imported for answer in answers for imported in imports_of(answer.prop)),
        }
        return Operation(
            module=str(PythonIdentifier(endpoint.name, self._config.field_prefix)),
            operation_id=UntrustedString(str(raw["operationId"])),
            method=endpoint.method.upper(),
            path=UntrustedString(path),
            description=_description(raw),
            is_deprecated=raw.get("deprecated") is True,
            calls=tuple(self._calls.of(endpoint, raw)),
            answers=tuple(self._answers(answers, documented)),
            answer_type=PythonCode(types.union(self._members(answers, documented))),
            answer_description=text_of(node(documented.get(answers[0].status_code.pattern)).get("description")),
            errors=tuple(_errors(documented)),
            usable=self._only_usable(raw, answers),
            images=self._images(answers),
            security=PythonCode(credentials.key) if credentials.key else None,
            further_credentials=tuple(map(UntrustedString, credentials.further)),
            accept=_accept(documented, answers),
            imports=tuple(sorted(imports)),
        )

    def _members(self, answers: Sequence[Response], documented: Node) -> Iterator[str]:
        """The types of what a call returns."""
        for answer in answers:
            kind = answer.source["return_type"]
            yield from types.answer_members(answer.prop) if kind == "Any" else [kind]
            if self._may_be_null(answer, documented):
                yield "None"

    def _answers(self, answers: Sequence[Response], documented: Node) -> Iterator[Answer]:
        members = set(self._members(answers, documented))
        for answer in answers:
            reading = self._reading(answer, is_only=len(members) == 1)
            if self._may_be_null(answer, documented):
                reading = f"NullableReader({reading})"
            yield Answer(answer.status_code.pattern, PythonCode(reading))

    def _reading(self, answer: Response, *, is_only: bool) -> str:
        kind = answer.source["return_type"]
        if kind != "Any":
            return {"bytes": "BytesReader()", "str": "TextReader()", "None": "NoBody()"}[kind]
        if not isinstance(answer.prop, ModelProperty):
            return f"JsonReader({self._models.readings.reader(answer.prop)})"
        name = answer.prop.class_info.name
        if self._usable(answer) is None:
            return f"ModelReader({name})"
        # The condition is on this model, also where a call returns others too.
        return f"ModelReader({name}, _is_usable)" if is_only else f"ModelReader[{name}]({name}, _is_usable)"

    def _may_be_null(self, answer: Response, documented: Node) -> bool:
        if answer.source["return_type"] != "Any":
            return False
        [content] = node(node(documented.get(answer.status_code.pattern)).get("content")).values()
        return isinstance(answer.prop, AnyProperty) or is_nullable(self._document, node(content).get("schema"))

    def _only_usable(self, raw: Node, answers: Sequence[Response]) -> UsableAnswer | None:
        found = list(dict.fromkeys(usable for answer in answers if (usable := self._usable(answer))))
        if len(found) > 1:
            raise DocumentError(f"{raw['operationId']}: more than one answer has x-usable-answer")
        return found[0] if found else None

    def _images(self, answers: Sequence[Response]) -> Images | None:
        """What is an image in the only answer: among the members that make an item usable, base64 and a URL."""
        [answer, *others] = answers
        usable = self._usable(answer)
        if others or usable is None or not isinstance(answer.prop, ModelProperty):
            return None
        condition = node(self._models.schema_of(answer.prop)["x-usable-answer"])
        members = {_wire_name(prop): prop for prop in self._models.properties(answer.prop)}
        items = members[str(condition["items"])]
        assert isinstance(items, ListProperty)  # noqa: S101  # _usable has seen to it
        assert isinstance(items.inner_property, ModelProperty)  # noqa: S101  # likewise
        schemas = node(self._models.schema_of(items.inner_property).get("properties"))
        names = texts(condition.get("any-of"))
        payload = next((name for name in names if node(schemas.get(name)).get("contentEncoding") == "base64"), None)
        link = next((name for name in names if node(schemas.get(name)).get("format") == "uri"), None)
        if payload is None or link is None:
            return None
        attributes = self._models.attributes(items.inner_property)
        [answer_import], [item_import] = imports_of(answer.prop), imports_of(items.inner_property)
        return Images(
            answer=answer_import,
            item=item_import,
            items=usable.items,
            payload=attributes[payload],
            link=attributes[link],
            wire_items=UntrustedString(str(condition["items"])),
            wire_payload=UntrustedString(payload),
            wire_link=UntrustedString(link),
        )

    def _usable(self, answer: Response) -> UsableAnswer | None:
        if not isinstance(answer.prop, ModelProperty):
            return None
        condition = self._models.schema_of(answer.prop).get("x-usable-answer")
        if not is_node(condition):
            return None
        name = str(answer.prop.class_info.name)
        members = {_wire_name(prop): prop for prop in self._models.properties(answer.prop)}
        items = members.get(str(condition.get("items")))
        item = items.inner_property if isinstance(items, ListProperty) else None
        if not isinstance(item, ModelProperty):
            raise DocumentError(f"{name}: x-usable-answer has to name an array of objects as its items")
        attributes = self._models.attributes(item)
        if unknown := [member for member in texts(condition.get("any-of")) if member not in attributes]:
            raise DocumentError(f"{name}: x-usable-answer names {unknown[0]}, which its items have not")
        return UsableAnswer(
            model=name,
            items=self._models.attributes(answer.prop)[str(condition["items"])],
            any_of=tuple(attributes[member] for member in texts(condition.get("any-of"))),
        )


def _successes(endpoint: Endpoint) -> list[Response]:
    return [
        answer
        for answer in endpoint.responses.patterns
        if answer.status_code.range is not None and 200 <= answer.status_code.range[0] < 300
    ]


def _wire_name(prop: PropertyProtocol) -> str:
    return prop.name.get_untrusted_value()


def _description(raw: Node) -> UntrustedString | None:
    parts = dict.fromkeys(str(raw[name]).strip() for name in ("summary", "description") if raw.get(name))
    return UntrustedString("\n\n".join(parts)) if parts else None


def _accept(documented: Node, answers: Sequence[Response]) -> UntrustedString | None:
    """The media types of the successes, those of the first one first."""
    contents = [node(node(documented.get(answer.status_code.pattern)).get("content")) for answer in answers]
    media_types = dict.fromkeys(str(node(part)[MEDIA_TYPE]) for content in contents for part in content.values())
    return UntrustedString(", ".join(media_types)) if media_types else None


def _errors(documented: Node) -> Iterator[UntrustedString]:
    for status, answer in documented.items():
        if status[:1] in "345":
            description = str(node(answer).get("description", "")).strip().rstrip(".")
            yield UntrustedString(f"{status}: {description}" if description else status)
