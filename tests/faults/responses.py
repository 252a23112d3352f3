"""What servers answer, well or badly, as steps of a turn."""

import functools
import json
import zlib

from tests.support.turns import (
    Step,
    Steps,
    Visit,
    await_hang_up,
    make_image,
    reply,
    respond,
    send,
    stop_writing,
    take_head,
    take_request,
)

PICTURE = "aGk="
_ANSWER = {"created": 1, "data": [{"b64_json": PICTURE}]}
BODY = json.dumps(_ANSWER).encode()
WHOLE = reply(200, BODY)
HEAD = WHOLE.removesuffix(BODY)

IMAGE = send(WHOLE)
"""The answer of a server in good health."""

IMAGE_AND_CLOSE = respond(200, BODY, {"Connection": "close"})
"""One after which the connection is closed."""

CUT = send(reply(200, BODY, {"Content-Length": str(len(BODY) + 100)}))
"""A body that is shorter than its Content-Length says."""

NOT_GZIP = respond(200, BODY, {"Content-Encoding": "gzip"})
LONG_HEADER = respond(200, BODY, {"X-Long": "x" * 300_000})
NESTED = respond(200, "[" * 200_000)

HTML = "<!DOCTYPE html><html><head><style>p {color: red}</style></head><body><p>Bad gateway</p></body></html>"
LONG_HTML = f"<html>{'<p>Bad gateway</p>' * 2_600}</html>"

_MIB = 1 << 20


def made(*steps: Step) -> Steps:
    """The server takes the whole request and makes the image, and then does this."""
    return (take_request, make_image, *steps)


def not_made(*steps: Step) -> Steps:
    """The server takes the whole request, makes no image, and then does this."""
    return (take_request, *steps)


def api_error(message: str = "overloaded", **members: str) -> dict[str, object]:
    """The API's own error body."""
    return {"error": {"message": message, "type": "server_error", "param": None, "code": None, **members}}


REFUSED_EARLY: Steps = (take_head, respond(413, api_error()), stop_writing, await_hang_up)
"""The server says that the request is too large before it has come."""


def image_with(**members: object) -> Step:
    """An answer with a picture and these members; none is `created` unless it is given."""
    return respond(200, {"data": _ANSWER["data"], **members})


def data(value: object) -> Step:
    """An answer whose `data` is this."""
    return respond(200, {"created": 1, "data": value})


async def bomb(visit: Visit) -> None:
    """An answer of 100 KB that unpacks to 100 MB, and would be right if it were believed."""
    await send(_bomb())(visit)


@functools.cache
def _bomb() -> bytes:
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    pieces = (b'{"created":1,"data":[{"b64_json":"', *[bytes(_MIB).replace(b"\0", b"A")] * 100, b'"}]}')
    content = b"".join([*map(packer.compress, pieces), packer.flush()])
    return reply(200, content, {"Content-Encoding": "gzip"})
