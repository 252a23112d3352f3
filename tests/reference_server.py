"""A reference server for `POST /images/variations`: real HTTP, real pictures, and the contract of openapi.yaml.

    python -m tests.reference_server --port 9997

It requires a key, checks every request against the OpenAPI document, answers in the API's own error body, and serves
the links that it hands out for 60 minutes. What it draws are stand-ins, made with Pillow from the picture that was
sent; there is no model behind it. Tests start it inside their own event loop:

    async with ReferenceServer() as server:
        ...  # server.base_url, server.api_key, server.requests
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Generator
from types import TracebackType

import uvicorn

from tests.support.reference_app import OPERATION, PREFIX, Clock, PictureStore, RecordedRequest, Service, create_app
from tests.support.reference_contract import Contract, JsonObject, load_document
from tests.support.reference_form import RecordedFile

__all__ = ["DEFAULT_KEY", "RecordedFile", "RecordedRequest", "ReferenceServer", "create_app", "load_document"]

DEFAULT_KEY = "test-key"

_DATE_SECONDS = 1
"""How long the date in responses may be out of date."""

_END_TIMEOUT = 5

_END_POLL_SECONDS = 0.002


class ReferenceServer:
    """The reference server on a loopback port, inside the running event loop.

    An async context manager: it serves from `__aenter__` to `__aexit__`, which lets running requests finish.

    Args:
        host: The address to listen on.
        port: The port; 0 takes any free one.
        api_key: The bearer key that requests must show.
        document: The OpenAPI document whose rules apply; by default the openapi.yaml of this repository.
        clock: Tells the time, in seconds since 1970: links expire by it.
        record: Whether to keep requests, for tests to read.

    Attributes:
        api_key: The bearer key that requests must show.
        requests: The POSTs to the operation, granted or not, in the order in which their bodies were complete.
        downloads: The GETs of pictures, in order.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = DEFAULT_KEY,
        document: JsonObject | None = None,
        clock: Clock = time.time,
        record: bool = True,
    ) -> None:
        self.api_key = api_key
        self.requests: list[RecordedRequest] = []
        self.downloads: list[RecordedRequest] = []
        self._address = host, port
        service = Service(
            Contract(load_document() if document is None else document, OPERATION),
            api_key,
            clock,
            PictureStore(clock),
            record=self.requests.append if record else lambda _: None,
            record_download=self.downloads.append if record else lambda _: None,
        )
        self._server = _Server(
            uvicorn.Config(
                service.app(),
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
            )
        )
        self._socket: socket.socket | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def base_url(self) -> str:
        """The URL to give to a client, with the path prefix.

        Raises:
            RuntimeError: The server has not been started.
        """
        if self._socket is None:
            raise RuntimeError("the server has not been started")
        host, port = self._socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}{PREFIX}"

    async def __aenter__(self) -> ReferenceServer:
        # The socket listens from here on: a client that comes before uvicorn is ready waits in the queue.
        self._socket = _listen(*self._address)
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        if self._serving is not None:
            await self._serving


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, which belong to the program around it, and without its rest of 0.2 s.

    It looks every 0.1 s whether it should stop, and rests as long again: hundreds of tests wait for that.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Let requests that run finish, then stop."""
        self.should_exit = True
        self._stopping.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def main_loop(self) -> None:
        """Renew the date in responses each second, until the end."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), timeout=_DATE_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is idle, and wait for what is not."""
        for listening in self.servers:
            listening.close()
        for listener in sockets or ():
            listener.close()
        for connection in [*self.server_state.connections]:
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_END_TIMEOUT):
                while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110  # uvicorn tells nobody
                    await asyncio.sleep(_END_POLL_SECONDS)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        OSError: The address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each answer waits 40 ms for a delayed ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


async def serve(host: str, port: int, api_key: str) -> None:
    """Serve until SIGINT or SIGTERM; print one line with the base URL and the key.

    Raises:
        OSError: The address cannot be listened on.
    """
    server = ReferenceServer(host=host, port=port, api_key=api_key, record=False)
    async with server, _until_signalled() as end:
        print(f"{server.base_url} key: {server.api_key}", flush=True)  # noqa: T201  # what the command is for
        await end.wait()


@contextlib.asynccontextmanager
async def _until_signalled() -> AsyncGenerator[asyncio.Event, None]:
    """An event that SIGINT and SIGTERM set, instead of ending the process."""
    end, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows' event loop has no signal handlers; there Ctrl-C is a KeyboardInterrupt.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, end.set)
    yield end


def main() -> None:
    """Run the server from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.reference_server", description=f"Serve POST {OPERATION}.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=9997, help="port, 0 for any free one (default: %(default)s)")
    parser.add_argument("--key", default=DEFAULT_KEY, help="API key to accept (default: %(default)s)")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        try:
            asyncio.run(serve(options.host, options.port, options.key))
        except OSError as error:
            sys.exit(f"cannot listen on {options.host}:{options.port}: {error.strerror}")


if __name__ == "__main__":
    main()
