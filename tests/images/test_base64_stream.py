"""Base64 decoded while it arrives: the same bytes wherever it is cut, and what servers make of it."""

import base64
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_variations._runtime.images.base64_stream import Base64Decoder, Base64Error, decode_in_slices


def decode(text: str) -> bytes:
    """Decode a whole text."""
    return b"".join(decode_in_slices(text))


def decoded(pieces: list[bytes]) -> bytes:
    """All that a decoder gives."""
    decoder = Base64Decoder()
    return b"".join([*(decoder.feed(piece) for piece in pieces), decoder.finish()])


def cut(text: bytes, cuts: list[float]) -> list[bytes]:
    """A text in pieces."""
    bounds = [0, *sorted(int(cut * len(text)) for cut in cuts), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(bounds)]


CUTS = st.lists(st.floats(0, 1), max_size=8)


@given(
    data=st.binary(min_size=1, max_size=200),
    cuts=CUTS,
    is_url_safe=st.booleans(),
    is_padded=st.booleans(),
    width=st.sampled_from([0, 4, 7, 76]),
    prefix=st.sampled_from([b"", b"data:image/png;base64,", b" \n", b"data:;base64,"]),
    end=st.sampled_from([b"", b"\n", b"\r\n    \r\n"]),
)
def test_every_form_that_servers_send_is_read(
    data: bytes, cuts: list[float], is_url_safe: bool, is_padded: bool, width: int, prefix: bytes, end: bytes
) -> None:
    """Either alphabet, with or without padding, in lines, as a data URL, and cut anywhere."""
    text = base64.urlsafe_b64encode(data) if is_url_safe else base64.b64encode(data)
    text = text if is_padded else text.rstrip(b"=")
    if width:
        text = b"\r\n".join(text[start : start + width] for start in range(0, len(text), width))
    assert decoded(cut(prefix + text + end, cuts)) == data


@given(text=st.text("ABab01+/-_= \n*:,;dat", max_size=24), cuts=CUTS)
def test_where_a_text_is_cut_does_not_matter(text: str, cuts: list[float]) -> None:
    """Whatever the text, its pieces decode to what the whole does, or fail as it does."""
    assert outcome(cut(text.encode(), cuts)) == outcome([text.encode()])


def outcome(pieces: list[bytes]) -> bytes | None:
    """What comes of a text, `None` if it is refused."""
    try:
        return decoded(pieces)
    except Base64Error:
        return None


@pytest.mark.parametrize(
    "text", ["a*b=", "aGkaa", "aGk=aGk=", "ä", "data:image/png,AAAA", "data:" + "x" * 300, "a=bc", "aa=a"]
)
def test_what_is_no_base64_is_refused(text: str) -> None:
    """A character outside the alphabet, text after the padding, and a lone character raise."""
    with pytest.raises(Base64Error, match=r"^is not base64|^is a data: URL"):
        decode(text)


def test_a_text_that_begins_like_a_data_url_may_be_none() -> None:
    """`data` is base64 too."""
    assert decode("data") == decoded([b"da", b"ta"]) == base64.b64decode("data")
    assert decode("dat") == base64.b64decode("dat=")


@pytest.mark.parametrize("text", ["", " \n", "=", "data:;base64,"])
def test_nothing_is_no_image(text: str) -> None:
    """What decodes to no bytes raises, like what cannot be decoded."""
    with pytest.raises(Base64Error, match=r"is empty|is a data: URL that holds nothing"):
        decode(text)


def test_no_more_than_three_characters_wait() -> None:
    """What has come is decoded at once, so that memory does not grow."""
    decoder = Base64Decoder()
    assert [len(decoder.feed(b"AAAAA")) for _ in range(4)] == [3, 3, 3, 6]
