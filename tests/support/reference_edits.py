"""The reference server's image edits, which the pin lacks: one image, and partial ones before it in events.

It speaks as upstream's document says: `stream` asks for events, `partial_images` for up to three partial images.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator

from attrs import frozen

from tests.support.reference_contract import ContractError, JsonObject
from tests.support.reference_form import Form, RecordedFile
from tests.support.reference_pictures import draw_partial, draw_variations

EDITS = "/images/edits"

_MAX_PARTIAL = 3
_SIZE = 512


@frozen
class Edit:
    """What a request asks for.

    Attributes:
        image: The picture that is edited.
        partial_images: How many partial images are sent before the whole one.
        is_stream: Whether events are asked for.
    """

    image: RecordedFile
    partial_images: int
    is_stream: bool

    @classmethod
    def of(cls, form: Form) -> Edit:
        """Read a form.

        Raises:
            ContractError: It is none, or breaks a rule.
        """
        if form.fault is not None:
            raise ContractError(f"The body is not a form: {form.fault}.")
        fields = dict(form.fields)
        images = [file for file in form.files if file.name == "image"]
        if len(images) != 1 or not fields.get("prompt"):
            raise ContractError("An edit needs an image and a prompt.", "prompt" if images else "image")
        count, is_stream = fields.get("partial_images", "0"), fields.get("stream") == "true"
        if count not in map(str, range(_MAX_PARTIAL + 1)):
            raise ContractError(f"partial_images is {count}, and 0 to {_MAX_PARTIAL} are allowed.", "partial_images")
        if count != "0" and not is_stream:
            raise ContractError("partial_images needs stream.", "partial_images")
        return cls(images[0], int(count), is_stream)

    async def draw(self) -> bytes:
        """The whole image."""
        [picture] = await asyncio.to_thread(draw_variations, self.image.content, 1, (_SIZE, _SIZE))
        return picture

    async def events(self, created: int) -> AsyncGenerator[bytes]:
        """The events, each as soon as its image is drawn."""
        picture = await self.draw()
        for number in range(self.partial_images):
            partial = await asyncio.to_thread(draw_partial, picture, number)
            yield _event("image_edit.partial_image", partial, created, partial_image_index=number)
        usage: JsonObject = {"total_tokens": 100, "input_tokens": 50, "output_tokens": 50}
        yield _event("image_edit.completed", picture, created, usage=usage)


def _event(kind: str, picture: bytes, created: int, **members: int | JsonObject) -> bytes:
    data = {
        "type": kind,
        "b64_json": base64.b64encode(picture).decode(),
        "created_at": created,
        "size": f"{_SIZE}x{_SIZE}",
        "quality": "high",
        "background": "opaque",
        "output_format": "png",
        **members,
    }
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()
