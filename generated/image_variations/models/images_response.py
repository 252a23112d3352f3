# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""`ImagesResponse`: The variations, and what is known of how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from attrs import define, field

from .. import models as _models
from .._runtime.request.values import given
from .._runtime.response.values import read_int, read_model, read_models, read_str


@define(kw_only=True)
class ImagesResponse:
    """The variations, and what is known of how they were made.

    Attributes:
        created: When the variations were made, in seconds since 1970-01-01T00:00:00Z.
        data: The variations.
        background: The background that was used.
        output_format: The file format of the variations.
        size: Width and height of the variations, in pixels.
        quality: The quality of the variations.
        usage: The tokens that the request used. Only GPT Image models send it.
        additional_properties: Members that the document does not define.
    """

    created: int | None = None
    data: list[_models.Image] = field(factory=list["_models.Image"])
    background: _models.ImagesResponseBackground | str | None = None
    output_format: _models.ImagesResponseOutputFormat | str | None = None
    size: _models.ImagesResponseSize | str | None = None
    quality: _models.ImagesResponseQuality | str | None = None
    usage: _models.ImageGenUsage | None = None
    additional_properties: dict[str, object] = field(factory=dict[str, object])

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object. A member whose type is not the document's reads as `None`."""
        unread = dict(source)
        return cls(
            created=read_int(unread.pop("created", None)),
            data=read_models(unread.pop("data", None), lambda: _models.Image) or [],
            background=read_str(unread.pop("background", None)),
            output_format=read_str(unread.pop("output_format", None)),
            size=read_str(unread.pop("size", None)),
            quality=read_str(unread.pop("quality", None)),
            usage=read_model(unread.pop("usage", None), lambda: _models.ImageGenUsage),
            additional_properties=unread,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the members that are given, by their names in the document; a file stays as it is."""
        return {
            **self.additional_properties,
            **given(
                {
                    "created": self.created,
                    "data": self.data or None,
                    "background": self.background,
                    "output_format": self.output_format,
                    "size": self.size,
                    "quality": self.quality,
                    "usage": self.usage,
                }
            ),
        }
