# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""A server in good health: it holds requests against the document, does what they ask for, and counts the cost."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import cast

from attrs import define, evolve, field, frozen

from ..errors import InvalidRequestError
from ..request.values import items_of
from .faults import Response, error_body
from .operations import FakeOperation
from .png import make_png
from .requests import FakeField, FakeRequest, UnreadableBodyError, read_fields

DOWNLOADS = "/fake-images/"
"""The folder of the images that are linked to."""

_MAX_CLOSEST = 3
"""How many operations are named to somebody who called none."""

_JSON = {"Content-Type": "application/json"}
_SIZE = re.compile("([1-9][0-9]{0,3})x([1-9][0-9]{0,3})")
_USUAL_SIZE = ("64", "64")


class RefusedError(Exception):
    """The server refuses a request."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.response = Response(status, _JSON, error_body(status, message, param, code))


@frozen
class Visit:
    """A request, and what the document says of it.

    Attributes:
        operation: The operation that it calls, if there is one.
        refusal: Why the server refuses it, if it does.
    """

    request: FakeRequest
    operation: FakeOperation | None = None
    refusal: RefusedError | None = None


@define(eq=False)
class Service:
    """The server of some operations.

    Attributes:
        api_key: The key that requests must show; by default any, or none.
        is_idempotent: Whether a request with a key that was seen before gets the same response.
        is_strict: Whether requests that break a rule of the document are refused.
        images: The images that were linked to, by the paths of their URLs.
        billed: How many images, and calls of operations without images, were billed.
    """

    operations: Sequence[FakeOperation]
    api_key: str | None = field(repr=False)
    is_idempotent: bool
    is_strict: bool = True
    images: dict[str, bytes] = field(factory=dict[str, bytes], init=False)
    billed: int = field(default=0, init=False)
    _made: int = field(default=0, init=False)
    _seen: dict[str, tuple[FakeRequest, Response]] = field(factory=dict[str, tuple[FakeRequest, Response]], init=False)

    def read(self, request: FakeRequest) -> Visit:
        """Find the operation of a request, take its body apart, and hold it against the document."""
        operation: FakeOperation | None = None
        try:
            operation = self._find(request)
            request = evolve(request, operation=operation.described.name)
            self._authorize(operation, request)
            request = evolve(request, fields=operation.typed(_merge(self._read_fields(operation, request))))
            if self.is_strict:
                operation.check(request.url, request.headers, request.fields)
        except RefusedError as refusal:
            return Visit(request, operation, refusal)
        except UnreadableBodyError as error:
            return Visit(request, operation, RefusedError(400, f"The body cannot be read: {error}."))
        except InvalidRequestError as error:
            return Visit(request, operation, RefusedError(400, str(error), error.field))
        return Visit(request, operation)

    def respond(self, visit: Visit, scripted: Response | None = None) -> Response:
        """Do what a request asks for, unless that was done before, and return the response, or the scripted one."""
        request, operation = visit.request, visit.operation
        if operation is None or (visit.refusal is not None and scripted is None):
            return scripted or (visit.refusal or RefusedError(404, "There is nothing here.")).response
        key: str | None = request.headers.get("idempotency-key") if self.is_idempotent else None
        if key is not None and key in self._seen:
            first, response = self._seen[key]
            if scripted is not None:
                return scripted
            if (first.operation, first.fields) != (request.operation, request.fields):
                message = "Idempotency-Key: this key came before with another request."
                return RefusedError(422, message, code="idempotency_key_reused").response
            return response
        response = scripted or self._carry_out(operation, request)
        self._bill(operation, request, response)
        if key is not None:
            self._seen[key] = request, response
        return response

    def download(self, request: FakeRequest) -> Response:
        """Return the response to the download of an image."""
        content = self.images.get(request.url.path)
        if content is None:
            return RefusedError(404, "There is no such image.").response
        return Response(200, {"Content-Type": "image/png"}, content)

    def _bill(self, operation: FakeOperation, request: FakeRequest, response: Response) -> None:
        """Count what a request costs that was carried out."""
        if operation.described.is_billed and response.is_success:
            self.billed += _count(operation, request)

    def _find(self, request: FakeRequest) -> FakeOperation:
        """Return the operation that a request calls. That with the most of its path given is meant.

        Raises:
            RefusedError: There is none.
        """
        path = request.url.raw_path.decode().partition("?")[0]
        here = [found for found in self.operations if found.pattern.search(path)]
        called = [found for found in here if found.method == request.method]
        if not called:
            known = list(dict.fromkeys(f"{found.method} {found.path}" for found in self.operations))
            closest = get_close_matches(f"{request.method} {path}", known, _MAX_CLOSEST, cutoff=0)
            words = "the document has only" if len(closest) == len(known) else "not in the document; the closest are"
            message = f"{request.method} {path}: {words} {', '.join(closest)}."
            code = "method_not_supported" if here else None
            raise RefusedError(405 if here else 404, message, code=code)
        content_type = request.headers.get("content-type", "")
        return max(called, key=lambda found: (-found.pattern.groups, len(found.path), found.takes(content_type)))

    def _read_fields(self, operation: FakeOperation, request: FakeRequest) -> list[tuple[str, FakeField]]:
        content_type = request.headers.get("content-type", "")
        if request.content and operation.model is not None and not operation.takes(content_type):
            raise UnreadableBodyError(f"no body of {content_type or 'an unknown media type'} is taken here")
        return read_fields(content_type, request.content)

    def _authorize(self, operation: FakeOperation, request: FakeRequest) -> None:
        security = operation.described.security
        if self.api_key is None or security is None or operation.described.is_key_optional:
            return
        headers, query = security.headers(self.api_key), security.query(self.api_key)
        shown = all(request.headers.get(name) == value for name, value in headers.items())
        if not shown or any(request.url.params.get(name) != value for name, value in query.items()):
            raise RefusedError(401, "The API key is missing or wrong.", code="invalid_api_key")

    def _carry_out(self, operation: FakeOperation, request: FakeRequest) -> Response:
        if operation.body is None:
            name = operation.described.name
            message = f"{name} cannot be faked: no response is known that the document allows. Script one with sends()."
            return RefusedError(501, message).response
        if operation.events and "text/event-stream" in request.headers.get("accept", ""):
            content = "".join(self._write_event(operation, *event) for event in operation.events) + "data: [DONE]\n\n"
            return Response(200, {"Content-Type": "text/event-stream"}, content.encode())
        body = operation.body.encode()
        if operation.media_type == "image/png":
            body = self._make_image(*_USUAL_SIZE)
        if operation.images is not None:
            made = cast("dict[str, object]", json.loads(body))
            body = json.dumps({**made, operation.images.items: self._draw(operation, request)}).encode()
        return Response(operation.status, {"Content-Type": operation.media_type} if operation.media_type else {}, body)

    def _draw(self, operation: FakeOperation, request: FakeRequest) -> list[Mapping[str, str]]:
        """Return the items of a response that hold, or link to, the images that are asked for."""
        images = operation.images
        assert images is not None  # noqa: S101  # it is asked for
        is_link = _asked(operation, request, images.form) == images.link
        size = _SIZE.fullmatch(str(_asked(operation, request, images.size)))
        items: list[Mapping[str, str]] = []
        for _ in range(_count(operation, request)):
            image = self._make_image(*(size.groups() if size else _USUAL_SIZE))
            if is_link:
                base = operation.pattern.sub("", request.url.raw_path.decode().partition("?")[0])
                url = request.url.copy_with(raw_path=f"{base}{DOWNLOADS}{self._made}.png".encode())
                self.images[url.path] = image
                items.append({images.link: str(url)})
            else:
                items.append({images.payload: base64.b64encode(image).decode()})
        return items

    def _make_image(self, width: str, height: str) -> bytes:
        self._made += 1
        return make_png(int(width), int(height), self._made)

    def _write_event(self, operation: FakeOperation, name: str | None, data: object) -> str:
        if operation.images is not None and isinstance(data, dict) and operation.images.payload in data:
            image = base64.b64encode(self._make_image(*_USUAL_SIZE)).decode()
            data = {**cast("dict[str, object]", data), operation.images.payload: image}
        text = data if isinstance(data, str) else json.dumps(data)
        return (f"event: {name}\n" if name else "") + f"data: {text}\n\n"


def _merge(fields: Sequence[tuple[str, FakeField]]) -> dict[str, FakeField]:
    """Return fields by their names. One that came several times has the list of its values."""
    found: dict[str, FakeField] = {}
    for name, one in fields:
        if name in found:
            first = found[name]
            values = items_of(first.value)
            one = evolve(first, value=[*values, one.value])
        found[name] = one
    return found


def _asked(operation: FakeOperation, request: FakeRequest, name: str) -> object:
    """Return the value of a field, or the document's default."""
    return request.fields[name].value if name in request.fields else operation.defaults.get(name)


def _count(operation: FakeOperation, request: FakeRequest) -> int:
    asked = _asked(operation, request, operation.images.count) if operation.images else None
    return asked if isinstance(asked, int) and asked > 0 else 1
