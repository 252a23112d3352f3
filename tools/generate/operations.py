"""The modules of `api/`: the generator's endpoints joined with the document's operations."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from attrs import frozen
from openapi_python_client.config import Config
from openapi_python_client.parser.openapi import Endpoint, EndpointCollection
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode, PythonIdentifier

from tools.generate import types
from tools.generate.calls import Calls
from tools.generate.events import Events, events_of
from tools.generate.file_responses import FileResponses, file_responses_of
from tools.generate.functions import Call
from tools.generate.image_events import ImageEvents, image_events_of
from tools.generate.images import Images, Usable, images_of, usable_of
from tools.generate.models import Models, text_of
from tools.generate.rules import is_nullable
from tools.generate.view import IS_RANGE, MEDIA_TYPE
from tools.openapi.cost import Cost, cost_of
from tools.openapi.document import DocumentError, Node, node, operations, texts
from tools.openapi.events import is_events
from tools.openapi.security import BASIC, credentials_of

_NAMES_IN_PATH = re.compile(r"(\{[^{}]*\})")
_KEPT_IN_PATH = "!$&'()*+,;=:@/?#%[]"


@frozen
class Reading:
    """How one status of a success is read."""

    status: str
    reading: PythonCode


@frozen
class Operation:
    """One module of `api/`.

    Attributes:
        tag: The package of its module.
        module: The name of its file, which is not always the function's.
        description: The summary and the description.
        errors: The statuses that the document describes and a call raises.
        is_key_optional: Whether a call needs no key, although the operation takes one.
        further_credentials: Further credentials that the server asks for.
        accept: The `Accept` header.
        events: The events that it gives, if it does.
        cost: What repeating it does.
    """

    tag: str
    module: str
    operation_id: UntrustedString
    method: str
    path: UntrustedString
    description: UntrustedString | None
    is_deprecated: bool
    calls: tuple[Call, ...]
    responses: tuple[Reading, ...]
    response_type: PythonCode
    response_description: UntrustedString | None
    errors: tuple[UntrustedString, ...]
    usable: Usable | None
    images: Images | None
    image_events: ImageEvents | None
    files: FileResponses | None
    security: PythonCode | None
    is_key_optional: bool
    further_credentials: tuple[UntrustedString, ...]
    accept: UntrustedString | None
    events: Events | None
    cost: Cost

    @property
    def encoded_path(self) -> UntrustedString:
        """The path as a URL has it (RFC 3986, section 3.3), but for the names of its parameters."""
        parts = _NAMES_IN_PATH.split(self.path.get_untrusted_value())
        return UntrustedString(
            "".join(part if index % 2 else quote(part, _KEPT_IN_PATH) for index, part in enumerate(parts))
        )

    @property
    def functions(self) -> list[str]:
        """The names of its functions."""
        files = [*self.files.saves.values(), *self.files.streams.values()] if self.files else []
        events = [call.events for call in self.calls] if self.events else []
        return [*_functions(self.calls, self.images), *events, *files]

    @property
    def gives_events_alone(self) -> bool:
        """Whether its response is nothing but events, which a plain call returns as text."""
        return self.accept is not None and is_events(self.accept.get_untrusted_value())

    @property
    def takes_password(self) -> bool:
        """Whether a call shows a user and a password."""
        return self.security == PythonCode(BASIC)

    @property
    def needs_key(self) -> bool:
        """Whether a call has to show a key."""
        return self.security is not None and not self.is_key_optional and not self.takes_password

    @property
    def returns_nothing(self) -> bool:
        """Whether a call has no result."""
        return self.response_type == PythonCode("None")


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
        """Return the tag of some operations, as the document has it."""
        _, raw = self._raw[str(collection.endpoints[0].name)]
        return UntrustedString(" ".join(next(iter(texts(raw.get("tags"))), str(collection.tag)).split()))

    def plan(self, endpoint: Endpoint, tag: str) -> Operation:
        """Plan the module of one endpoint.

        Raises:
            DocumentError: It needs what this client does not do.
        """
        path, raw = self._raw[str(endpoint.name)]
        responses = _successes(endpoint)
        documented = node(raw.get("responses"))
        credentials = credentials_of(self._document, raw)
        calls, images = tuple(self._calls.of(endpoint, raw)), images_of(self._models, responses)
        taken = {*self._raw, *_functions(calls, images)}
        files = file_responses_of(responses, documented, [call.function for call in calls], taken)
        module = str(PythonIdentifier(endpoint.name, self._config.field_prefix))
        return Operation(
            tag=tag,
            module=module,
            operation_id=UntrustedString(str(raw["operationId"])),
            method=endpoint.method.upper(),
            path=UntrustedString(path),
            description=_description(raw),
            is_deprecated=raw.get("deprecated") is True,
            calls=calls,
            responses=tuple(self._responses(responses, documented)),
            response_type=PythonCode(types.union(self._members(responses, documented))),
            response_description=text_of(node(documented.get(responses[0].status_code.pattern)).get("description")),
            errors=tuple(_errors(documented)),
            usable=self._only_usable(raw, responses),
            images=images,
            image_events=image_events_of(self._models, images, calls, endpoint.responses.patterns),
            files=files,
            security=PythonCode(credentials.key) if credentials.key else None,
            is_key_optional=credentials.is_optional,
            further_credentials=tuple(map(UntrustedString, credentials.further)),
            accept=_accept(documented, responses),
            events=events_of(self._models, raw, module, endpoint.responses.patterns, self._config),
            cost=cost_of(path, endpoint.method, raw),
        )

    def _members(self, responses: Sequence[Response], documented: Node) -> Iterator[str]:
        """Yield the types of the result of a call."""
        for response in responses:
            kind = response.source["return_type"]
            yield from types.response_members(response.prop) if kind == "Any" else [kind]
            if self._may_be_null(response, documented):
                yield "None"

    def _responses(self, responses: Sequence[Response], documented: Node) -> Iterator[Reading]:
        members = set(self._members(responses, documented))
        for response in responses:
            reading = self._reading(response, is_only=len(members) == 1)
            if reading == "JsonReader(read_str)" and _content_of(response, documented)[IS_RANGE]:
                reading = "StringReader()"
            if self._may_be_null(response, documented):
                reading = f"NullableReader({reading})"
            yield Reading(response.status_code.pattern, PythonCode(reading))

    def _reading(self, response: Response, *, is_only: bool) -> str:
        kind = response.source["return_type"]
        if kind != "Any":
            return {"bytes": "BytesReader()", "str": "TextReader()", "None": "NoBody()"}[kind]
        reader = self._models.readings.reader(response.prop)
        if not isinstance(response.prop, ModelProperty) or usable_of(self._models, response) is None:
            return f"JsonReader({reader})"
        # The condition is on this model, even if a call returns others too.
        kind = "JsonReader" if is_only else f"JsonReader[{types.quoted(types.response_type(response.prop))}]"
        return f"{kind}({reader}, _is_usable)"

    def _may_be_null(self, response: Response, documented: Node) -> bool:
        if response.source["return_type"] != "Any":
            return False
        schema = _content_of(response, documented).get("schema")
        return isinstance(response.prop, AnyProperty) or is_nullable(self._document, schema)

    def _only_usable(self, raw: Node, responses: Sequence[Response]) -> Usable | None:
        found = list(dict.fromkeys(usable for response in responses if (usable := usable_of(self._models, response))))
        if len(found) > 1:
            raise DocumentError(f"{raw['operationId']}: more than one response has x-usable-answer")
        return found[0] if found else None


def _functions(calls: Sequence[Call], images: Images | None) -> list[str]:
    """Return the names of the functions of an operation, but for those that stream and save a file."""
    names = [name for call in calls for name in (call.function, call.detailed)]
    saving = [f"{call.function}{suffix}" for call in calls for suffix in ("_files", "_stream")]
    return [*names, *saving] if images else names


def _content_of(response: Response, documented: Node) -> Node:
    [content] = node(node(documented.get(response.status_code.pattern)).get("content")).values()
    return node(content)


def _successes(endpoint: Endpoint) -> list[Response]:
    return [
        response
        for response in endpoint.responses.patterns
        if response.status_code.range is not None and 200 <= response.status_code.range[0] < 300
    ]


def _description(raw: Node) -> UntrustedString | None:
    parts = dict.fromkeys(str(raw[name]).strip() for name in ("summary", "description") if raw.get(name))
    return UntrustedString("\n\n".join(parts)) if parts else None


def _accept(documented: Node, responses: Sequence[Response]) -> UntrustedString | None:
    """Return the media types of the successes, those of the first one first."""
    contents = [node(node(documented.get(response.status_code.pattern)).get("content")) for response in responses]
    media_types = dict.fromkeys(str(node(part)[MEDIA_TYPE]) for content in contents for part in content.values())
    return UntrustedString(", ".join(media_types)) if media_types else None


def _errors(documented: Node) -> Iterator[UntrustedString]:
    for status, response in documented.items():
        if status[:1] in "345":
            description = str(node(response).get("description", "")).strip().rstrip(".")
            yield UntrustedString(f"{status}: {description}" if description else status)
