"""The reference server's application: the operation, the pictures behind links, refusals and records.

Tests and programs use it through `tests.reference_server`, which runs it.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping

from attrs import Factory, define, field, frozen
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.support.reference_contract import Contract, ContractError, Json, JsonObject
from tests.support.reference_edits import EDITS, Edit
from tests.support.reference_form import Form, RecordedFile, parse_form
from tests.support.reference_pictures import draw_variations

PREFIX = "/v1"
OPERATION = "/images/variations"

LINK_LIFETIME = 60 * 60
"""Seconds for which a link works, from the answer on."""

BODY_LIMIT = 8 * 1024 * 1024
"""Octets of a request body; twice what the contract's largest picture needs."""

PICTURES_LIMIT = 256 * 1024 * 1024
"""Octets of pictures that are kept for links; beyond it the oldest go first."""

Clock = Callable[[], float]
"""Seconds since 1970, as `time.time` tells them."""


@frozen
class RecordedRequest:
    """A request as it arrived, whether or not it was granted.

    Attributes:
        method: The HTTP method.
        path: The path, with its percent-encoding undone.
        query: The query as it was sent, without the question mark.
        headers: The headers. Names match in any case; `headers.getlist(name)` tells repeated ones apart.
        fields: Name and text of each form field, in order.
        files: The form's files, in order.
        form_fault: Why the body is not a complete form, or None.
        raw_body: The octets of the body.
        request_id: The `x-request-id` of the answer.
    """

    method: str
    path: str
    query: str
    headers: Headers
    fields: list[tuple[str, str]]
    files: list[RecordedFile]
    form_fault: str | None
    raw_body: bytes = field(repr=lambda body: f"<{len(body)} octets>")
    request_id: str


class RefusedError(Exception):
    """A request is refused with the API's own error body.

    Attributes:
        status: The HTTP status code.
        body: The answer's JSON.
        headers: Headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: JsonObject = {"error": {"message": message, "type": kind, "param": param, "code": code}}
        self.headers = headers

    def response(self) -> Response:
        """The answer that says so."""
        return JSONResponse(self.body, self.status, self.headers)


@define
class PictureStore:
    """Pictures behind links that nobody can guess, in memory, for a while.

    Attributes:
        clock: Tells the time.
        limit: How many octets to keep at most. The newest picture is kept whatever its length.
    """

    clock: Clock
    limit: int = PICTURES_LIMIT
    _pictures: dict[str, tuple[float, bytes]] = Factory(dict[str, tuple[float, bytes]])
    _total: int = 0

    def add(self, picture: bytes) -> str:
        """Keep a picture for LINK_LIFETIME seconds, and return its id."""
        picture_id = secrets.token_urlsafe(24)
        self._pictures[picture_id] = self.clock() + LINK_LIFETIME, picture
        self._total += len(picture)
        while self._total > self.limit and len(self._pictures) > 1:
            self._drop(next(iter(self._pictures)))
        return picture_id

    def get(self, picture_id: str) -> bytes | None:
        """The picture, or None if it never was here, is too old, or had to make room."""
        expired = [key for key, (end, _) in self._pictures.items() if end <= self.clock()]
        for key in expired:
            self._drop(key)
        return self._pictures[picture_id][1] if picture_id in self._pictures else None

    def _drop(self, picture_id: str) -> None:
        _, picture = self._pictures.pop(picture_id)
        self._total -= len(picture)


@define
class Service:
    """The two resources: the operation, and the pictures that its links lead to.

    Attributes:
        contract: What requests and answers are checked against.
        api_key: The bearer key to ask for.
        clock: Tells the time.
        pictures: What links lead to.
        record: Called with each POST to the operation as soon as its body has been read.
        record_download: Called with each GET of a picture.
    """

    contract: Contract
    api_key: str = field(repr=False)
    clock: Clock
    pictures: PictureStore
    record: Callable[[RecordedRequest], None] = lambda _: None
    record_download: Callable[[RecordedRequest], None] = lambda _: None
    _drawn: int = field(default=0, init=False)

    def app(self) -> ASGIApp:
        """The service as an ASGI application."""
        routes = [
            Route(PREFIX + OPERATION, self.create_variations, methods=["POST"]),
            Route(PREFIX + EDITS, self.create_edit, methods=["POST"]),
            Route(PREFIX + "/pictures/{picture_id}", self.send_picture, methods=["GET"], name="picture"),
        ]
        app = Starlette(
            routes=routes,
            exception_handlers={
                RefusedError: _answer_refusal,
                HTTPException: _answer_routing,
                ClientDisconnect: _answer_nobody,
                Exception: _answer_failure,
            },
        )
        # A redirect from ".../variations/" would be an answer that the contract does not have.
        app.router.redirect_slashes = False
        return _RequestIds(app)

    async def create_variations(self, request: Request) -> Response:
        """Answer POST /images/variations."""
        body = await _read_body(request)
        form = parse_form(request.headers.get("content-type", ""), body)
        self.record(_recorded(request, body, form))
        _authenticate(request, self.api_key)
        # Decoding and drawing take their time, during which other requests are served.
        try:
            options, pictures = await asyncio.to_thread(self._draw, form)
        except ContractError as error:
            raise RefusedError(400, error.message, param=error.field) from None
        if options["response_format"] == "url":
            links = (request.url_for("picture", picture_id=self.pictures.add(picture)) for picture in pictures)
            return self._answer([{"url": str(link)} for link in links])
        return await asyncio.to_thread(
            lambda: self._answer([{"b64_json": base64.b64encode(picture).decode()} for picture in pictures])
        )

    async def create_edit(self, request: Request) -> Response:
        """Answer POST /images/edits."""
        body = await _read_body(request)
        form = parse_form(request.headers.get("content-type", ""), body)
        self.record(_recorded(request, body, form))
        _authenticate(request, self.api_key)
        created = int(self.clock())
        try:
            edit = Edit.of(form)
        except ContractError as error:
            raise RefusedError(400, error.message, param=error.field) from None
        if edit.is_stream:
            return StreamingResponse(edit.events(created), media_type="text/event-stream")
        picture = base64.b64encode(await edit.draw()).decode()
        return JSONResponse({"created": created, "data": [{"b64_json": picture}]})

    async def send_picture(self, request: Request) -> Response:
        """Answer GET /pictures/{picture_id}; the link itself is the permission."""
        self.record_download(_recorded(request, b"", Form()))
        picture = self.pictures.get(str(request.path_params["picture_id"]))
        if picture is None:
            raise RefusedError(404, f"There is no such picture. Links work for {LINK_LIFETIME // 60} minutes.")
        return Response(picture, media_type="image/png")

    def _draw(self, form: Form) -> tuple[JsonObject, list[bytes]]:
        """Check a form; what it asks for, defaults included, and the pictures."""
        if form.fault is not None:
            raise ContractError(f"The body is not a form: {form.fault}.")
        options = self.contract.read(form)
        [image] = [file for file in form.files if file.name == "image"]
        self.contract.check_file(image)
        count = options["n"]
        assert isinstance(count, int)
        # Like a model, it draws the same picture differently the next time.
        first = self._drawn
        self._drawn += count
        return options, draw_variations(image.content, count, _pixels(options["size"]), first=first)

    def _answer(self, data: list[Json]) -> Response:
        """The answer to a request that was granted, itself checked against the contract."""
        # The contract's "size" is about other models: its enum lacks sizes that a request may ask for.
        body: JsonObject = {
            "created": int(self.clock()),
            "data": data,
            "background": "opaque",
            "output_format": "png",
        }
        self.contract.check_answer(200, body)
        return JSONResponse(body)


def create_app(document: JsonObject, *, api_key: str, clock: Clock = time.time) -> ASGIApp:
    """The reference server as an ASGI application.

    Args:
        document: The OpenAPI document whose rules apply.
        api_key: The bearer key that requests must show.
        clock: Tells the time, in seconds since 1970.

    Raises:
        KeyError: The document does not have the operation.
    """
    return Service(Contract(document, OPERATION), api_key, clock, PictureStore(clock)).app()


def _recorded(request: Request, body: bytes, form: Form) -> RecordedRequest:
    return RecordedRequest(
        method=request.method,
        path=request.url.path,
        query=request.url.query,
        headers=request.headers,
        fields=form.fields,
        files=form.files,
        form_fault=form.fault,
        raw_body=body,
        request_id=request.scope[_RequestIds.KEY],
    )


async def _read_body(request: Request) -> bytes:
    """The whole body, of which nothing beyond BODY_LIMIT is kept."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise RefusedError(413, f"The body is larger than {BODY_LIMIT} octets.")
    return bytes(body)


def _authenticate(request: Request, api_key: str) -> None:
    """Refuse a request that does not show the key exactly once. No message repeats what was shown."""
    given = request.headers.getlist("authorization")
    scheme, _, key = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer":
        message = "An API key is needed, as 'Authorization: Bearer KEY'."
    # Starlette decodes header octets as latin-1; this gives the octets back.
    elif hmac.compare_digest(key.strip().encode("latin-1"), api_key.encode()):
        return
    else:
        message = "The API key is not valid here."
    raise RefusedError(401, message, code="invalid_api_key", headers={"WWW-Authenticate": "Bearer"})


def _pixels(size: Json) -> tuple[int, int]:
    """Width and height from text such as "512x512"."""
    match = re.fullmatch(r"([1-9][0-9]{0,3})x([1-9][0-9]{0,3})", str(size))
    if not match:
        raise ContractError(f"size is {size!r}, which this server cannot draw.", "size")
    return int(match[1]), int(match[2])


async def _answer_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return error.response()


async def _answer_routing(request: Request, error: Exception) -> Response:
    """The API's own error body for a path or a method that does not exist."""
    assert isinstance(error, HTTPException)
    message = f"{request.method} {request.url.path}: {error.detail}."
    code = "method_not_supported" if error.status_code == 405 else None
    return RefusedError(error.status_code, message, code=code, headers=error.headers).response()


async def _answer_nobody(request: Request, error: Exception) -> Response:
    """The client went away while it was sending: nobody reads this answer, and nothing is wrong here."""
    return Response(status_code=400)


async def _answer_failure(request: Request, error: Exception) -> Response:
    """A mistake of the server's own. Starlette raises it again after this answer, so that it is logged."""
    return RefusedError(500, "The server failed.", kind="server_error").response()


@frozen
class _RequestIds:
    """Puts an `x-request-id` on every answer; it wraps all of Starlette, so that a 500 has one too."""

    KEY = "reference_request_id"

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = f"req_{secrets.token_hex(16)}"

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        await self.app({**scope, self.KEY: request_id}, receive, send_with_id)
