"""A web service that varies uploaded images, with one client for all of its requests.

    pip install fastapi python-multipart uvicorn
    OPENAI_BASE_URL=http://127.0.0.1:9997/v1 OPENAI_API_KEY=test-key uvicorn examples.fastapi_service:app

    curl -F image=@otter.png -F n=2 http://127.0.0.1:8000/variations

The server and key above are those of `make serve`. The service does not ask who calls it: put your own authentication
and a limit on the size of uploads in front before others can reach it, because every call may cost you money.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, TypedDict

from fastapi import Depends, FastAPI, Form, Request, UploadFile
from fastapi.responses import JSONResponse
from image_variations import (
    CallTimeoutError,
    Client,
    CreateImageVariationRequestSize,
    ImageVariationsError,
    InvalidRequestError,
    RateLimitError,
    ResponseError,
    StatusError,
    TransportError,
    create_image_variation,
)

logger = logging.getLogger(__name__)

TIMEOUT = 120.0
"""Seconds for a call: less than the proxy in front of the service waits, so that the service can still answer 504."""


class State(TypedDict):
    """What the service's requests share."""

    client: Client


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[State, None]:
    """Keep one client open for as long as the service runs: its connections are used again."""
    async with Client(timeout=TIMEOUT) as client:
        yield {"client": client}


app = FastAPI(title="Variations", lifespan=lifespan)


def get_client(request: Request) -> Client:
    """The client that all requests share. Tests put another in its place with `app.dependency_overrides`."""
    client: Client = request.state.client
    return client


@dataclass
class Variation:
    """One image: the file in base64, or a link where the server gives only links."""

    b64_json: str | None
    url: str | None


@app.post("/variations")
async def create_variations(
    client: Annotated[Client, Depends(get_client)],
    image: UploadFile,
    n: Annotated[int | None, Form()] = None,
    size: Annotated[CreateImageVariationRequestSize | None, Form()] = None,
) -> list[Variation]:
    """Make variations of the uploaded image."""
    response = await create_image_variation(client, image=image, n=n, size=size, response_format="b64_json")
    return [Variation(b64_json=item.b64_json, url=item.url) for item in response.data]


@app.exception_handler(ImageVariationsError)
async def answer_error(request: Request, error: ImageVariationsError) -> JSONResponse:
    """Answer a call that failed.

    Neither the answer nor the log repeats the server's own words: they are about this service's account with it, and
    may quote what is secret.
    """
    match error:
        case InvalidRequestError(field=field, rule=rule):
            # The caller's mistake, in the form in which FastAPI reports those that it finds itself.
            return JSONResponse({"detail": [{"type": "invalid_request", "loc": ["body", field], "msg": rule}]}, 422)
        case RateLimitError():
            # Not 429: it is this service that asked for too much, not the caller.
            status, detail = 503, "The image server is busy. Try again later."
        case CallTimeoutError():
            status, detail = 504, "The image server took too long."
        case StatusError(status_code=upstream):
            status, detail = 502, f"The image server answered with status {upstream}."
        case TransportError() | ResponseError():
            status, detail = 502, "The image server gave no usable answer."
        case _:
            # A mistake in this service, such as a key that no header can carry: a 500, and a traceback in the log.
            raise error
    logger.warning("%s, request id %s: answered %d", type(error).__name__, error.request_id, status)
    return JSONResponse({"detail": detail}, status)
