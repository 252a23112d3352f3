"""The request that everybody sends, and the response that everybody gets."""

import base64
import json
import random

KEY = "sk-of-nobody"

ACCELERATORS = ("msgspec", "orjson", "pybase64")
"""Packages that speed a client up. They are hidden where this client is measured as it comes."""

FIELDS = {"model": "dall-e-2", "n": "1", "response_format": "b64_json", "size": "1024x1024", "user": "user-1234"}
"""The form's fields beside the image, each given explicitly: some clients would send their defaults."""

SMALL = 64
"""Bytes of the image in a small response."""

_LOOK = {"size": "1024x1024", "quality": "high", "background": "auto", "output_format": "png"}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def make_image(size: int) -> bytes:
    """Make an image to send, of so many bytes: a square PNG, as far as its first bytes tell."""
    head = _SIGNATURE + b"\0\0\0\rIHDR" + (64).to_bytes(4, "big") * 2
    return head + bytes(size - len(head))


def encode_image(size: int) -> str:
    """Return the base64 of an image that the server sends: a PNG's signature, and noise up to this size."""
    noise = random.Random(size)  # noqa: S311  # the same in every run, and no secret
    return base64.b64encode(_SIGNATURE + noise.randbytes(size - len(_SIGNATURE))).decode()


def make_response(count: int, size: int) -> bytes:
    """Make the JSON of a response with so many images of so many bytes."""
    items = ", ".join(f'{{"b64_json": "{encoded}"}}' for encoded in [encode_image(size)] * count)
    return f'{{"created": 1, "data": [{items}]}}'.encode()


def make_event(number: int, count: int, size: int) -> bytes:
    """Make one event of a stream of so many: partial images, and at last an image of so many bytes.

    `created_at` numbers them from 0.
    """
    kind, image = ("completed", size) if number == count - 1 else ("partial_image", size - 1)
    event = {"type": f"image_edit.{kind}", "b64_json": encode_image(image), "created_at": number, **_LOOK}
    return f"event: {event['type']}\ndata: {json.dumps({**event, 'partial_image_index': number})}\n\n".encode()
