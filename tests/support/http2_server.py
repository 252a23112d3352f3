"""A server that speaks HTTP/2, as is agreed with TLS (RFC 9113, section 3.2)."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from attrs import Factory, define
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, StreamEnded


@define(eq=False)
class Http2Server:
    """What it answers, and the bodies that it got."""

    answer: bytes
    base_url: str = ""
    bodies: list[bytes] = Factory(list[bytes])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        connection = H2Connection(H2Configuration(client_side=False))
        connection.initiate_connection()
        received: dict[int, bytes] = {}
        while data := await reader.read(1 << 16):
            for event in connection.receive_data(data):
                if isinstance(event, DataReceived):
                    received[event.stream_id] = received.get(event.stream_id, b"") + event.data
                    connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, StreamEnded):
                    self.bodies.append(received.pop(event.stream_id))
                    connection.send_headers(event.stream_id, [(":status", "200")])
                    connection.send_data(event.stream_id, self.answer, end_stream=True)
            writer.write(connection.data_to_send())
            await writer.drain()
        writer.close()


@asynccontextmanager
async def http2_server(answer: bytes, tls: ssl.SSLContext) -> AsyncGenerator[Http2Server]:
    """A server on a port of its own, with the certificate that this context has."""
    running = Http2Server(answer)
    tls.set_alpn_protocols(["h2"])
    listening = await asyncio.start_server(running.serve, "127.0.0.1", 0, ssl=tls)
    async with listening:
        host, port = listening.sockets[0].getsockname()
        running.base_url = f"https://{host}:{port}/v1"
        yield running
