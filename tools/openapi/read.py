"""Read: the bytes of a document, from a file or a URL."""

import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from attrs import frozen

from tools.openapi.document import DocumentError

MAX_BYTES = 32 * 1024 * 1024
"""The number of bytes that a document may have; OpenAI's, the largest that is known here, has 3 million."""

MAX_SECONDS = 60.0
"""The number of seconds that a download may take as a whole."""

_READ_TIMEOUT = 15.0
"""The number of seconds for which a server may send nothing."""

_CHUNK = 1024 * 1024

_GITHUB = "raw.githubusercontent.com"
_COMMIT = re.compile(r"/([0-9a-f]{40})/")


@frozen
class Source:
    """A document as it was found.

    Attributes:
        name: Its URL without a query, or the name of its file.
        label: The origin that the pin names, if that is not the name.
        commit: The commit that the URL names, if it names one.
    """

    name: str
    content: bytes
    commit: str | None = None
    label: str | None = None

    @property
    def text(self) -> str:
        """The content as text.

        Raises:
            DocumentError: It is not UTF-8.
        """
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DocumentError(f"{self.name}: byte {error.start} is not UTF-8") from error


def read(spec: str, *, max_seconds: float = MAX_SECONDS, max_bytes: int = MAX_BYTES) -> Source:
    """Read a file, or download a URL.

    Raises:
        DocumentError: It cannot be had, or is too large.
    """
    scheme, separator, _ = spec.partition("://")
    if not separator:
        return _file(Path(spec), max_bytes)
    if scheme.lower() not in ("http", "https"):
        raise DocumentError(f"{spec}: a URL has to begin with https:// or http://")
    return _download(spec, max_seconds, max_bytes)


def _file(path: Path, max_bytes: int) -> Source:
    content = bytearray()
    try:
        with path.open("rb") as file:
            while part := file.read(_CHUNK):
                content += part
                if len(content) > max_bytes:
                    raise DocumentError(f"{path}: it has more than {max_bytes:,} bytes")
    except OSError as error:
        raise DocumentError(f"{path}: {error.strerror or error}") from error
    return Source(path.name, bytes(content))


def _download(url: str, max_seconds: float, max_bytes: int) -> Source:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise DocumentError(f"{url}: {error}") from error
    if parts.username is not None or parts.password is not None:
        raise DocumentError("the URL holds a user or a password, which the pin would show")
    name = parts._replace(query="", fragment="").geturl()
    ends = time.monotonic() + max_seconds
    content = bytearray()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=_READ_TIMEOUT) as response:
            if not response.is_success:
                raise DocumentError(f"{name}: the server responded with status {response.status_code}")
            if parts.scheme == "https" and response.url.scheme != "https":
                raise DocumentError(f"{name}: it leads to {response.url.host} without TLS")
            for part in response.iter_bytes():
                content += part
                if len(content) > max_bytes:
                    raise DocumentError(f"{name}: it has more than {max_bytes:,} bytes")
                if time.monotonic() > ends:
                    raise DocumentError(f"{name}: it took longer than {max_seconds:g} seconds")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DocumentError(f"{name}: {' '.join(str(error).split()) or type(error).__name__}") from error
    commit = _COMMIT.search(parts.path)
    return Source(name, bytes(content), commit[1] if commit else None)


def newest(name: str) -> str | None:
    """Return the address of a document's newest version, or None if its name does not tell.

    A URL that names a commit of GitHub's leads to the head of the default branch.
    """
    if not name.startswith(("https://", "http://")):
        return None
    if _COMMIT.search(name) is None:
        return name
    return _COMMIT.sub("/HEAD/", name, count=1) if urlsplit(name).hostname == _GITHUB else None
