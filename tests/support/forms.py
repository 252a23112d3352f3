"""multipart/form-data bodies, as three independent parsers understand them."""

import importlib
import re
from collections.abc import Callable, Generator, Iterable
from typing import Protocol, cast

from attrs import frozen
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

from tests.support.reference_form import parse_form
from tests.support.server import ScriptedServer


@frozen
class SeenFile:
    """A file, as a parser sees it."""

    name: str
    file_name: str
    mime_type: str
    content: bytes


@frozen
class SeenForm:
    """What a parser makes of a body: its fields and its files, each in order."""

    fields: tuple[tuple[str, str], ...]
    files: tuple[SeenFile, ...]


Parser = Callable[[str, bytes], SeenForm]
"""Takes a Content-Type and a body apart."""


def with_python_multipart(content_type: str, body: bytes) -> SeenForm:
    """What python-multipart sees, which FastAPI and Starlette use."""
    form = parse_form(content_type, body)
    assert form.fault is None, form.fault
    files = (SeenFile(file.name, file.file_name, file.content_type or "", file.content) for file in form.files)
    return SeenForm(tuple(form.fields), tuple(files))


def files_of(scripted: ScriptedServer) -> list[SeenFile]:
    """The files that a server got, in the order in which they came."""
    files: list[SeenFile] = []
    for head, body in scripted.requests:
        content_type = re.search("Content-Type: (.*)\r\n", head)
        assert content_type is not None
        files += with_python_multipart(content_type[1], body).files
    return files


def with_werkzeug(content_type: str, body: bytes) -> SeenForm:
    """What Werkzeug sees, which Flask uses."""
    decoder = MultipartDecoder(parse_options_header(content_type)[1]["boundary"].encode())
    decoder.receive_data(body)
    decoder.receive_data(None)
    seen = _Seen()
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, File):
            seen.begin(event.name, event.filename, event.headers.get("Content-Type", ""))
        elif isinstance(event, Field):
            seen.begin(event.name, None, "")
        elif isinstance(event, Data):
            seen.extend(event.data)
    return seen.form()


class _Segment(Protocol):
    """The head of a part."""

    name: str
    filename: str | None
    content_type: str | None


class _PushParser(Protocol):
    """The parser of `multipart`, as far as it is used here."""

    def parse(self, chunk: bytes) -> Generator[_Segment | bytearray | None]: ...

    def close(self) -> None: ...


def _push_parser(boundary: str) -> _PushParser:
    # python-multipart brings a package of this name too; it gives way, but not where type checkers look.
    return cast(_PushParser, importlib.import_module("multipart").PushMultipartParser(boundary, strict=True))


def with_defnull(content_type: str, body: bytes) -> SeenForm:
    """What `multipart` sees, which Bottle and Litestar use."""
    parser = _push_parser(parse_options_header(content_type)[1]["boundary"])
    seen = _Seen()
    for event in [*parser.parse(body), *parser.parse(b"")]:
        if isinstance(event, bytes | bytearray):
            seen.extend(event)
        elif event is not None:
            seen.begin(event.name, event.filename, event.content_type or "")
    parser.close()
    return seen.form()


PARSERS: Iterable[Parser] = (with_python_multipart, with_werkzeug, with_defnull)


class _Seen:
    """Puts a form together from the events of a parser."""

    def __init__(self) -> None:
        self._parts: list[tuple[str, str | None, str, bytearray]] = []

    def begin(self, name: str, file_name: str | None, content_type: str) -> None:
        """A part begins."""
        self._parts.append((name, file_name, content_type.partition(";")[0].strip().lower(), bytearray()))

    def extend(self, data: bytes | bytearray) -> None:
        """More of the part's content has come."""
        self._parts[-1][3].extend(data)

    def form(self) -> SeenForm:
        """The whole form."""
        fields = ((name, content.decode()) for name, file_name, _, content in self._parts if file_name is None)
        files = (
            SeenFile(name, file_name, mime_type, bytes(content))
            for name, file_name, mime_type, content in self._parts
            if file_name is not None
        )
        return SeenForm(tuple(fields), tuple(files))
