"""A server for tests/documents/studio.yaml: it keeps what it gets, and answers what the document says."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager

import uvicorn
from attrs import Factory, define, frozen
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

PREFIX = "/api/v3"
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1 and so on"
RECEIPT = b"%PDF-1.7 of a receipt"

WORK = {
    "title": "Otter",
    "note": "By the river.",
    "id": "8f3b8a0e-4f0e-4f43-8d8c-0a4f3f6f2d11",
    "medium": "oil",
    "condition": 1,
    "price": 12.5,
    "sold_to": None,
    "artists": [{"name": "Ada", "born": "1815-12-10"}],
    "tags": ["new"],
    "sizes": [10, "large"],
    "made": "2024-02-29",
    "seen": "2026-11-01T12:00:00+00:00",
    "folder": {"name": "Animals", "parent": {"name": "All", "children": [{"name": "Animals"}]}},
    "stars": "5",
}
"""A work with all of its members. Texts are written as Python writes them, so that they come back the same."""


@frozen
class Received:
    """One request as it came over the wire."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@define
class StudioServer:
    """Where it is, what it got, and what it answers where a test wants another answer than the document's."""

    base_url: str = ""
    requests: list[Received] = Factory(list[Received])
    answer: Response | None = None

    @property
    def received(self) -> Received:
        """The only request so far."""
        [request] = self.requests
        return request

    async def respond(self, request: Request) -> Response:
        """Keep a request, and answer it."""
        raw_path: bytes = request.scope["raw_path"]
        self.requests.append(
            Received(
                request.method,
                raw_path.decode(),
                request.url.query,
                dict(request.headers),
                await request.body(),
            )
        )
        route: Route = request.scope["route"]
        return self.answer or _ANSWERS[request.method, route.path]()


def _paged() -> Response:
    return JSONResponse({"works": [WORK], "next": "/works?page=2", "facets": {"new": 1}, "total": 1})


_ANSWERS: dict[tuple[str, str], Callable[[], Response]] = {
    ("GET", f"{PREFIX}/works"): _paged,
    ("POST", f"{PREFIX}/works"): lambda: JSONResponse(WORK, 201),
    ("GET", f"{PREFIX}/works/{{work_id}}/files/{{name:path}}"): lambda: Response(PICTURE, media_type="image/png"),
    ("PUT", f"{PREFIX}/works/{{id}}/offers/{{kind}}"): lambda: JSONResponse(
        {"state": "open", "class": "best", "owner": {"name": "Bo"}}, 202, media_type="application/vnd.studio.offer+json"
    ),
    ("GET", f"{PREFIX}/works/{{id}}/rating"): lambda: JSONResponse(4),
    ("PUT", f"{PREFIX}/tags"): lambda: Response(status_code=204),
    ("POST", f"{PREFIX}/search"): lambda: JSONResponse([{"name": "Animals"}, WORK, "nothing else"]),
    ("GET", f"{PREFIX}/activity"): lambda: JSONResponse(
        [{"kind": "comment", "text": "!", "price": "too high"}, {"kind": "sale", "price": 3}]
    ),
    ("POST", f"{PREFIX}/sessions"): lambda: PlainTextResponse("tökén"),
    ("PUT", f"{PREFIX}/backups/{{day}}"): lambda: Response(RECEIPT, media_type="application/pdf"),
    ("PATCH", f"{PREFIX}/settings"): lambda: JSONResponse({"theme": "teal", "languages": ["de", "fr"]}),
}
"""An answer for each operation, by its method and route."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: signals belong to the program around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def studio_server() -> AsyncGenerator[StudioServer]:
    """A studio's server on a port of its own, in the running event loop."""
    studio = StudioServer()
    app = Starlette(routes=[Route(path, studio.respond, methods=[method]) for method, path in _ANSWERS])
    config = uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_config=None, access_log=False)
    # Named as TCP, for without that asyncio leaves Nagle's algorithm on. It listens from here
    # on: a client that comes before uvicorn is ready waits in the queue.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        host, port = listening.getsockname()
        studio.base_url = f"http://{host}:{port}{PREFIX}"
        async with _serving(_Server(config), listening):
            yield studio


@asynccontextmanager
async def _serving(server: uvicorn.Server, listening: socket.socket) -> AsyncGenerator[None]:
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
