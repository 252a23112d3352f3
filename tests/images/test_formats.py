"""The bytes of downloads: where a format ends, wherever it is cut, and what is text."""

import gc
import io
import itertools
import weakref
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_variations._runtime.images.formats import EndFinder, is_text, is_text_type
from PIL import Image as Picture

from tests.support.pictures import make_png


def drawn(form: str, *, thumbnail: bytes = b"", **options: object) -> bytes:
    """A picture that does not compress to nothing, and may hold a thumbnail in its metadata."""
    buffer = io.BytesIO()
    picture = Picture.effect_noise((64, 64), 80).convert("RGB")
    if thumbnail:
        options["exif"] = b"Exif\0\0" + thumbnail
    picture.save(buffer, form, **options)
    return buffer.getvalue()


SMALL_JPEG = drawn("JPEG", quality=10)
WHOLE = {
    "PNG": make_png(),
    "PNG of many chunks": drawn("PNG"),
    "PNG with a PNG in its metadata": drawn("PNG", thumbnail=make_png()),
    "JPEG": drawn("JPEG"),
    "progressive JPEG": drawn("JPEG", progressive=True),
    "JPEG with restart markers": drawn("JPEG", restart_marker_blocks=1),
    "JPEG with a JPEG in its metadata": drawn("JPEG", thumbnail=SMALL_JPEG),
    "WebP": drawn("WEBP"),
    "lossless WebP": drawn("WEBP", lossless=True),
}


def has_end(pieces: Sequence[bytes]) -> bool:
    """Whether the end is found in a file that comes in these pieces."""
    finder = EndFinder()
    for piece in pieces:
        finder.feed(piece)
    return finder.is_found


@pytest.mark.parametrize("file", WHOLE.values(), ids=WHOLE.keys())
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_the_end_is_found_exactly_where_it_is(file: bytes, size: int) -> None:
    """Every beginning of a file lacks its end, the whole has it, and so it has with bytes that trail."""
    finder = EndFinder()
    for start in range(0, len(file), size):
        assert not finder.is_found
        finder.feed(file[start : start + size])
    assert finder.is_found
    assert not has_end([file[:-1]])
    assert has_end([file, b"\0trailing"])
    assert has_end([file + b"\r\n"])


@given(file=st.sampled_from(list(WHOLE.values())), end=st.floats(0, 1), cuts=st.lists(st.floats(0, 1), max_size=8))
def test_where_a_file_is_cut_does_not_matter(file: bytes, end: float, cuts: list[float]) -> None:
    """A file that ends too early has no end, however its pieces are cut."""
    file = file[: int(end * len(file))]
    bounds = [0, *sorted(int(cut * len(file)) for cut in cuts), len(file)]
    assert has_end([file[start:end] for start, end in itertools.pairwise(bounds)]) is (file in WHOLE.values())


@pytest.mark.parametrize("file", [b"GIF89a", b"no image", b"\0\0\0 ftypavif", b"BM", b"\x89PMG\r\n\x1a\n", b"RIFT"])
def test_a_format_that_is_not_known_may_end_anywhere(file: bytes) -> None:
    """Nothing says that more is to come."""
    assert has_end([file])
    assert has_end([file[index : index + 1] for index in range(len(file))])


def test_no_bytes_have_no_end() -> None:
    """An empty file may be the beginning of any."""
    assert not has_end([])
    assert not has_end([b""])


def test_fill_bytes_do_not_hide_the_end_of_a_jpeg() -> None:
    """Any marker may follow fill bytes, and a segment of nonsense length ends nothing early."""
    assert has_end([b"\xff\xd8\xff\xff\xff\xd9"])
    assert not has_end([b"\xff\xd8\xff\xe0\x00\x08\xff\xd9\xff\xd9"])
    assert has_end([b"\xff\xd8\xff\xda\x00\x02data\xff\x00\xff\xd0\xff", b"\xff\xd9"])


def test_no_piece_is_kept() -> None:
    """A chunk of megabytes is passed over, not gathered."""
    finder = EndFinder()
    finder.feed(b"\x89PNG\r\n\x1a\n" + (100_000_000).to_bytes(4) + b"IDAT")
    for _ in range(3):
        finder.feed(bytes(1_000_000))
    assert len(vars(finder)["_rest"]) < 12


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html", True),
        ("TEXT/HTML; charset=utf-8", True),
        ("text/plain", True),
        ("application/json", True),
        (" application/problem+json ; charset=utf-8", True),
        ("application/xhtml+xml", True),
        ("application/xml", True),
        ("image/svg+xml", False),
        ("image/png", False),
        ("application/octet-stream", False),
        ("application/jsonp-image", False),
        ("", False),
    ],
)
def test_types_of_text_are_known(content_type: str, expected: bool) -> None:
    """HTML, JSON, XML and plain text, and nothing that may be an image."""
    assert is_text_type(content_type) is expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"<!DOCTYPE html>", True),
        (b"\xef\xbb\xbf\r\n <html>", True),
        (b"<p>Gr\xf6\xdfe</p>", True),
        (b'{"detail": "Not Found"}', True),
        ("nicht verfügbar".encode()[:-1], True),
        ("größ".encode()[:-1], True),
        (b"<?xml version='1.0'?><Error/>", True),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", False),
        (b"<?xml version='1.0'?>\n<!-- drawn --><!DOCTYPE svg PUBLIC 'x' [<!ENTITY a 'b'>]>\n<svg/>", False),
        (b"<html><svg/></html>", True),
        (b"\x89PNG\r\n\x1a\n", False),
        (b"\xff\xd8\xff\xe0", False),
        (b"RIFF\x10\0\0\0WEBP", False),
        (b"GIF89a\x10\0\x10\0", False),
        (b"\x80\x81 of a format unheard of", False),
    ],
    ids=ascii,
)
def test_text_is_told_by_its_first_bytes(head: bytes, expected: bool) -> None:
    """Words and markup are text; an image is not, though it be written in XML."""
    assert is_text(head) is expected


def test_a_text_that_only_opens_comments_is_told_quickly() -> None:
    """64 KB of them take no time that grows with their number squared, or worse."""
    assert is_text(b"<!-- -->" * 8000 + b"<html>")
    assert is_text(b"<!--" * 16_000)


@pytest.mark.parametrize("head", [b"", make_png()[:9], b"RIFF", b"GIF89a"], ids=["nothing", "PNG", "RIFF", "unknown"])
def test_who_looks_for_the_end_goes_with_the_last_reference(head: bytes) -> None:
    """It does not wait for the cycle collector, whatever it has seen."""
    finder = EndFinder()
    finder.feed(head)
    ghost = weakref.ref(finder)
    gc.disable()
    try:
        del finder
        assert ghost() is None
    finally:
        gc.enable()
