"""What an export says of rows, and how it is written."""

import csv
import io
import json
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from attrs import evolve
from image_variations import Attempt, Outcome
from image_variations_cli.errors import BatchError
from image_variations_cli.export import EXPORT_FORMATS, ExportFormat, export_rows
from image_variations_cli.export.pictures import draw_original
from image_variations_cli.rows import Counts, Row

from tests.cli.exports import NOW, export, export_file, make_row
from tests.support.album import make_phone_photo
from tests.support.pictures import make_png

HOSTILE = "</script><script>alert(1)</script>\"'&<b>"


def read_csv(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def test_jsonl_has_the_same_members_in_each_line() -> None:
    """A line has every member, whatever the row's state, in an order that stays."""
    attempt = Attempt(1, 1.0, 2.0, Outcome.BILLED, 200, request_id="req-1")
    rows = [
        evolve(make_row(files=["otter-1.png"], fields={"n": 2}), attempts=(attempt,), key_minted=NOW),
        make_row("b", "failed", problem="it is empty"),
    ]
    first, second = map(json.loads, (await export(rows, "jsonl")).splitlines())
    assert list(first) == list(second)
    assert list(first)[:5] == ["name", "state", "billed", "problem", "files"]
    assert (first["files"], first["fields"], first["key_minted"]) == (["otter-1.png"], {"n": 2}, NOW.isoformat())
    assert first["attempts"][0]["outcome"] == "billed"
    assert (second["state"], second["problem"]) == ("failed", "it is empty")


@pytest.mark.parametrize("name", ["two\nlines.png", 'a,"b".png', "猫;.png", HOSTILE, "\udcff.png", "‮gnp.png"])
async def test_any_name_comes_back_from_a_table(name: str) -> None:
    """Quotes, line breaks and alphabets are written as each format has them."""
    assert json.loads(await export([make_row(name)], "jsonl"))["name"] == name
    (row,) = read_csv(await export([make_row(name)], "csv"))
    assert row["name"] == name.encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
async def test_a_name_is_no_formula(start: str) -> None:
    """A cell that a spreadsheet would take for a formula begins with an apostrophe, in CSV alone."""
    name = f"{start}cmd|' /C calc'!A0"
    rows = [make_row(name, "failed", problem=name)]
    (row,) = read_csv(await export(rows, "csv"))
    assert (row["name"], row["problem"]) == (f"'{name}", f"'{name}")
    assert json.loads(await export(rows, "jsonl"))["name"] == name


async def test_csv_has_a_column_for_each_thing() -> None:
    """Lists have a line for each entry, fields are one JSON object, and what is not there is empty."""
    text = await export([make_row(files=["a-1.png", "a-2.png"], fields={"size": "512x512", "n": 2})], "csv")
    (row,) = read_csv(text)
    assert (row["files"], row["fields"]) == ("a-1.png\na-2.png", '{"n": 2, "size": "512x512"}')
    assert (row["problem"], row["attempts"]) == ("", "0")
    assert text.splitlines()[0].startswith("name,state,billed,problem,files,")


@pytest.mark.parametrize("export_format", EXPORT_FORMATS)
async def test_an_export_of_nothing_is_whole(export_format: ExportFormat) -> None:
    """A ledger without rows gives an empty table, or a page that says so."""
    text = await export([], export_format)
    assert len(text.splitlines()) == {"csv": 1, "jsonl": 0}.get(export_format, len(text.splitlines()))
    assert ("There are no rows yet." in text) == (export_format == "html")


async def test_a_file_appears_whole(tmp_path: Path) -> None:
    """An export that fails in the middle leaves the file that was there, and nothing beside it."""
    target = tmp_path / "rows.csv"
    await export_file([make_row("first")], "csv", tmp_path, target)
    before = target.read_bytes()

    async def fail() -> AsyncIterator[Sequence[Row]]:
        yield [make_row("second")]
        raise RuntimeError("the ledger is gone")

    with pytest.raises(RuntimeError, match="the ledger is gone"):
        await export_rows("csv", fail(), Counts(), output_dir=tmp_path, to=target, now=NOW)
    assert target.read_bytes() == before
    assert os.listdir(tmp_path) == ["rows.csv"]
    assert target.stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask() -> int:
    """Return what is taken from the permissions of new files."""
    umask = os.umask(0o022)
    os.umask(umask)
    return umask


async def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A folder that is not there, and a folder in the file's place, are one line each."""
    for target in (tmp_path / "gone" / "rows.csv", tmp_path):
        with pytest.raises(BatchError, match=r"cannot be written: .*; nothing was written there"):
            await export_file([make_row()], "csv", tmp_path, target)


async def test_rows_are_read_in_blocks() -> None:
    """The next block of rows is asked for when those before it are written, but for a few that are drawn ahead."""
    asked = 0

    async def blocks() -> AsyncIterator[Sequence[Row]]:
        nonlocal asked
        for _ in range(50):
            asked += 1
            yield [make_row()] * 4

    class Stopping(io.BytesIO):
        """A stream that is full after a while."""

        def write(self, content: object, /) -> int:
            if "Original" in str(content):
                raise OSError("full")
            return 1

    with pytest.raises(OSError, match="full"):
        await export_rows("html", blocks(), Counts(), output_dir=Path(), to=Stopping(), now=NOW)
    assert asked <= 3


async def test_a_page_escapes_what_names_and_reasons_say(tmp_path: Path) -> None:
    """A name, a reason, a field and a file that are HTML are text."""
    rows = [make_row(HOSTILE, "failed", problem=HOSTILE, fields={HOSTILE: HOSTILE}, files=[HOSTILE.replace("/", "")])]
    page = await export(rows, "html", tmp_path)
    assert page.count("<script>") == 1
    assert "<b>\"'&" not in page
    assert "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;&lt;b&gt;" in page


async def test_a_page_says_what_became_of_its_files(tmp_path: Path) -> None:
    """An original that is gone, was changed or is no image, and a lost variation, have a note in place of a picture."""
    for name in ("gone.png", "changed.png", "text.png"):
        (tmp_path / name).write_bytes(make_png())
    rows = [make_row(name, files=["lost-1.png"], original=tmp_path / name) for name in ("gone.png", "changed.png")]
    (tmp_path / "text.png").write_bytes(b"text")
    rows.append(make_row("text.png", "failed", original=tmp_path / "text.png"))
    (tmp_path / "gone.png").unlink()
    (tmp_path / "changed.png").write_bytes(make_png(color="red"))
    page = await export(rows, "html", tmp_path)
    assert page.count("The file is no longer there.") == 3
    assert page.count("The file was changed since.") == 1
    assert page.count("No picture can be shown of the file.") == 1
    assert "It came without a file." in await export([make_row()], "html", tmp_path)


def resolve(folder: Path, link: str) -> Path:
    """Return the file that a relative URL in a page leads to."""
    return Path(os.path.normpath(folder / os.fsdecode(unquote_to_bytes(link))))


@pytest.mark.parametrize("name", ["a b.png", "a#b?c%20.png", "[é]猫.png", b"\xff.png", "-x.png", "a:b.png", "'\".png"])
async def test_links_lead_to_files_from_where_the_page_is(tmp_path: Path, name: str | bytes) -> None:
    """A link is relative to the page, and quotes what has a meaning in URLs."""
    path = tmp_path / "out" / os.fsdecode(name)
    path.parent.mkdir()
    path.write_bytes(make_png())
    for folder in (path.parent, tmp_path, tmp_path / "pages"):
        thumbnail = await draw_original(path, folder)
        assert thumbnail.link is not None
        assert thumbnail.link.isascii()
        assert not {"?", "#", ":", '"', "'", " "} & set(thumbnail.link)
        assert resolve(folder, thumbnail.link) == path


async def test_thumbnails_are_small(tmp_path: Path) -> None:
    """A large photo takes a few kilobytes in the page."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(make_phone_photo(1))
    thumbnail = await draw_original(photo, tmp_path)
    assert thumbnail.data is not None
    assert thumbnail.data.startswith("data:image/webp;base64,")
    assert len(thumbnail.data) < 10_000


async def test_what_would_never_end_is_not_read(tmp_path: Path) -> None:
    """A pipe in a file's place has no picture, and nobody waits for it."""
    os.mkfifo(tmp_path / "pipe.png")
    assert (await draw_original(tmp_path / "pipe.png", tmp_path)).data is None
