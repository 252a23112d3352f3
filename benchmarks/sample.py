"""The request that everybody sends, and the answer that everybody gets."""

import base64
import random

KEY = "sk-of-nobody"

ACCELERATORS = ("msgspec", "orjson", "pybase64")
"""What our client picks up where it is installed. It is hidden where the client is measured as it comes."""

FIELDS = {"model": "dall-e-2", "n": "1", "response_format": "b64_json", "size": "1024x1024", "user": "user-1234"}
"""The form's fields beside the picture, each given explicitly: some clients would send their defaults."""

SMALL = 64
"""Bytes of the picture in a small answer."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def picture(size: int) -> bytes:
    """A picture to send, of so many bytes: a square PNG, as far as its first bytes tell."""
    head = _SIGNATURE + b"\0\0\0\rIHDR" + (64).to_bytes(4, "big") * 2
    return head + bytes(size - len(head))


def drawn(size: int) -> str:
    """A picture as a server answers it, in base64: a PNG's signature, and the rest is noise."""
    noise = random.Random(size)  # noqa: S311  # the same in every run, and no secret
    return base64.b64encode(_SIGNATURE + noise.randbytes(size - len(_SIGNATURE))).decode()


def answer(count: int, size: int) -> bytes:
    """An answer with so many pictures of so many bytes, as JSON."""
    items = ", ".join(f'{{"b64_json": "{text}"}}' for text in [drawn(size)] * count)
    return f'{{"created": 1, "data": [{items}]}}'.encode()
