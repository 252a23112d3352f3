"""Scenes in which an argument tries to be more than a value, or the key to be seen."""

import contextlib
import logging
import pickle
import traceback
from collections.abc import Generator, Iterator

from image_variations import File, FileInput

from tests.faults.callers import KEY, Caller, Outcome
from tests.faults.observation import Observation
from tests.faults.responses import not_made
from tests.faults.scenes.calls import SMALL, WELL, Scene, seen_by
from tests.support.server import ScriptedServer
from tests.support.turns import Step, make_image, reset, respond, send

HOSTILE = 'x"\r\nX-Forged: 1\r\n\r\n--+++\r\nContent-Disposition: form-data; name="n"\r\n\r\n10\x00'
"""What would end a quoted string, a header line, the headers and a part, and begin another."""

_ECHOES: tuple[tuple[Step, ...], ...] = (
    (respond(401, {"error": {"message": f"Incorrect API key provided: {KEY}", "code": KEY}}),),
    (respond(400, f"<html>{KEY}</html>", {"X-Request-Id": KEY, "X-Echo": KEY}),),
    (respond(302, b"", {"Location": f"http://127.0.0.1/{KEY}"}),),
    (respond(500, {"detail": [{"loc": [KEY], "msg": KEY}]}),),
    (make_image, respond(200, {"error": {"message": KEY, "type": KEY}}, {"X-Request-Id": KEY})),
    (make_image, respond(200, f"{KEY} is not JSON", {"Content-Encoding": KEY})),
    (make_image, respond(200, {"data": [{"url": "http://127.0.0.1/"}]}, {"X-Request-Id": KEY})),
    (make_image, send(f"HTTP/1.1 {KEY}\r\n\r\n".encode())),
    (make_image, reset),
)
"""Servers that send the key back wherever an answer has room for it, and one that says nothing."""


async def hostile_key(caller: Caller) -> Observation:
    """The key carries a line end and a header."""
    async with ScriptedServer(WELL) as server:
        try:
            async with caller.open(server.base_url, api_key="sk-a\r\nX-Forged: 1") as session:
                outcome = await session.call(SMALL)
        except Exception as error:
            outcome = Outcome(error, getattr(error, "billed", "-"))
        return Observation(outcome, server.posts, server.made, problems=tuple(_forged(server, [])))


def hostile(*, image: FileInput = SMALL, user: str | None = None) -> Scene:
    """A value that carries all that ends a value on the wire."""

    async def scene(caller: Caller) -> Observation:
        async with ScriptedServer(WELL) as server:
            async with caller.open(server.base_url) as session:
                outcome = await session.call(image, user=user)
            fields = [] if user is None else [("user", user)]
            return seen_by(server, session, outcome, tuple(_forged(server, fields)))

    return scene


HOSTILE_NAME = File(SMALL, file_name=HOSTILE)
HOSTILE_TYPE = File(SMALL, mime_type=f"image/png{HOSTILE}")


async def echoed_key(caller: Caller) -> Observation:
    """Servers that repeat the key, while everything is logged, shown and pickled."""
    problems: list[str] = []
    with _all_logs() as logs:
        for echo in _ECHOES:
            async with (
                ScriptedServer(not_made(*echo)) as server,
                caller.open(server.base_url, max_retries=0) as session,
            ):
                outcome = await session.call(SMALL)
                shown = {"the client's repr": repr(session), **_shown(outcome)}
            problems += [f"the key is in {place}" for place, text in shown.items() if KEY in text]
    problems += sorted({f"the key is in a log line of {name}" for name, line in logs if KEY in line})
    return Observation(Outcome(has_image=True), problems=tuple(problems))


def _forged(server: ScriptedServer, fields: list[tuple[str, str]]) -> Iterator[str]:
    """What a parser that knows nothing of the client reads, and nobody gave."""
    for request in server.requests:
        form, lines = request.form, request.body.split(b"\r\n")
        if form.fault or form.fields != fields or [file.content for file in form.files] != [SMALL]:
            yield f"the parser reads {form}"
        if "X-Forged" in request.head or (not fields and any(line.startswith(b"X-Forged") for line in lines)):
            yield "a header is forged"


def _shown(outcome: Outcome) -> dict[str, str]:
    """All the ways in which a result or an error can be looked at."""
    error = outcome.error
    if error is None:
        headers = str(getattr(outcome.answer, "headers", ""))
        return {"the answer's repr": repr(outcome.answer), "the answer's headers": headers}
    name = type(error).__name__
    return {
        f"str({name})": str(error),
        f"repr({name})": repr(error),
        f"{name}'s attributes": str(vars(error)),
        f"{name}'s traceback": "".join(traceback.format_exception(error)),
        f"{name}'s pickle": _pickled(error),
    }


def _pickled(error: BaseException) -> str:
    try:
        return pickle.dumps(error).decode("latin-1")
    except Exception:  # one that cannot be pickled gives nothing away
        return ""


@contextlib.contextmanager
def _all_logs() -> Generator[list[tuple[str, str]]]:
    """Every log line, of every logger at every level, with the logger's name."""
    lines: list[tuple[str, str]] = []
    root = logging.getLogger()

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append((record.name, self.format(record)))

    handler, level = Keep(), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
