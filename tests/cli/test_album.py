"""A folder as people have it, from its files to images and a page."""

import asyncio
import io
from collections import Counter
from pathlib import Path

import pytest
from image_variations import Client
from image_variations_cli.export import export_rows
from image_variations_cli.sources import Sources
from image_variations_cli.text import show_text
from PIL import Image as Picture

from tests.cli.exports import NOW
from tests.reference_server import ReferenceServer
from tests.support.album import DAMAGED_EXIF, draw_photo, make_album, save
from tests.support.background import in_background
from tests.support.batches import IMAGE, ONE_IMAGE, image_names, read_counts, read_rows
from tests.support.cli import run_command
from tests.support.ledgers import open_ledger, run_batch
from tests.support.server import ScriptedServer

pytestmark = pytest.mark.usefixtures("ledger_kind")


def decode_upload(body: bytes) -> Picture.Image:
    """Decode the image in the body of a request."""
    start = body.index(b"\x89PNG")
    image = Picture.open(io.BytesIO(body[start : body.index(b"IEND", start) + 8]))
    image.load()
    return image


def test_each_file_of_an_album_becomes_an_image_or_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 200 files of 20 kinds, each becomes an image or says why not, and nothing is sent that could not be."""
    album, out = make_album(tmp_path / "album"), tmp_path / "out"
    assert len(album) == 200
    usable = {show_text(f"album/{name}") for name, kind in album.items() if kind.usable}
    with in_background(ScriptedServer(ONE_IMAGE)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        ended = run_command("batch", "album", "--output-dir", "out", "--fit", "pad", cwd=tmp_path)
        again = run_command("batch", "album", "--output-dir", "out", "--fit", "pad", "--json", cwd=tmp_path)
    assert (ended.returncode, again.returncode) == (3, 3)

    rows = asyncio.run(read_rows(out))
    assert len(rows) == 200
    assert {row.name for row in rows if row.state == "done"} == usable
    assert all(row.files for row in rows if row.state == "done")
    for row in rows:
        if row.state != "done":
            assert (row.state, row.billed, row.attempts, row.files) == ("failed", "no", (), ())
            assert str(row.problem).startswith("image ")
            assert str(row.problem).isprintable()
    notes = Counter(line.partition(": ")[0] for line in ended.stderr.splitlines())
    for name, kind in album.items():
        assert notes[show_text(f"album/{name}")] in ((0, 1) if kind.usable else (1,))

    assert server.posts == len(usable)
    assert all(image.width == image.height for image in map(decode_upload, (sent.body for sent in server.requests)))
    files = Counter(name for row in rows for name in row.files)
    assert set(files.values()) == {1}
    assert image_names(out) == set(files)
    assert all((out / name).read_bytes() == IMAGE for name in files)


async def test_an_album_is_exported_whatever_its_files_are_called(scripted: ScriptedServer, tmp_path: Path) -> None:
    """Names with line breaks, bytes that are no UTF-8 and twins have their places on the page, with their pictures."""
    scripted.script = (ONE_IMAGE,)
    album, out = make_album(tmp_path / "album"), tmp_path / "out"
    async with Client(base_url=scripted.base_url) as client:
        await run_batch(client, Sources([str(tmp_path / "album")], out), out, fit="pad")
    async with await open_ledger(out) as ledger:
        await export_rows("html", ledger.rows(), await read_counts(out), output_dir=out, to=out / "index.html", now=NOW)
    page = (out / "index.html").read_text()
    usable = sum(kind.usable for kind in album.values())
    assert page.count('<li class="row done">') == usable
    assert page.count('<img src="data:image/webp;base64,') == 2 * usable
    assert page.count("The file is no longer there.") == 0
    assert r"two\nlines 0001.png" in page


def test_what_pillow_warns_of_is_not_shown(environment: ReferenceServer, tmp_path: Path) -> None:
    """A photo with damaged Exif is varied, and the command's own lines are all that is printed."""
    (tmp_path / "photo.jpg").write_bytes(save(draw_photo(1), "JPEG", exif=DAMAGED_EXIF))
    ended = run_command("vary", "photo.jpg", "--fit", "pad", "--size", "256x256", "-o", "out", cwd=tmp_path)
    assert ended.returncode == 0
    assert "EXIF" not in ended.stderr
