"""Where the document of a pin comes from: a URL, or a file."""

import asyncio
from pathlib import Path

import pytest

from tests.support.contracts import VARIATION, document
from tests.support.server import ScriptedServer
from tests.support.turns import HANG_UP
from tools.openapi.document import DocumentError
from tools.openapi.provenance import provenance_of
from tools.openapi.read import read
from tools.pin.__main__ import main

COMMIT = "0123456789abcdef0123456789abcdef01234567"


async def pinned_from(url: str, path: Path) -> int:
    """Run `make pin` beside the server that it asks; its exit status."""
    return await asyncio.to_thread(main, [f"--spec={url}", f"--pin={path}", f"--operations={VARIATION}"])


async def test_a_url_is_downloaded_and_its_commit_read(tmp_path: Path, scripted: ScriptedServer) -> None:
    """The pin names the URL without its query, and the commit that the path has."""
    scripted.respond(200, document("security_present").read_bytes())
    url, path = f"{scripted.base_url}/{COMMIT}/openapi.yaml", tmp_path / "openapi.yaml"
    assert await pinned_from(f"{url}?token=secret", path) == 0
    written = path.read_text()  # a small file of the test's own
    provenance = provenance_of(written)
    assert provenance is not None
    assert (provenance.source, provenance.commit) == (url, COMMIT)
    assert "secret" not in written


async def test_a_url_that_gives_no_document_is_said_in_a_line(
    tmp_path: Path, scripted: ScriptedServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """A status that is not a success, and a server that hangs up, end with status 2."""
    url, path = f"{scripted.base_url}/openapi.yaml", tmp_path / "openapi.yaml"
    scripted.respond(404, b"not here")
    assert await pinned_from(url, path) == 2
    assert capsys.readouterr() == ("", f"pin: {url}: the server responded with status 404\n")
    scripted.script = [HANG_UP]
    assert await pinned_from(url, path) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not path.exists()  # likewise


async def test_a_document_that_is_too_large_or_too_slow_is_refused(scripted: ScriptedServer, tmp_path: Path) -> None:
    """Both bounds hold while it is read, and the first for files too."""
    scripted.respond(200, b"x" * 1000)
    with pytest.raises(DocumentError, match="it has more than 10 bytes"):
        await asyncio.to_thread(read, scripted.base_url, max_bytes=10)
    with pytest.raises(DocumentError, match="it took longer than 0 seconds"):
        await asyncio.to_thread(read, scripted.base_url, max_seconds=0.0)
    path = tmp_path / "large.yaml"
    path.write_bytes(b"x" * 1000)
    with pytest.raises(DocumentError, match=r"large\.yaml: it has more than 10 bytes"):
        read(str(path), max_bytes=10)
