# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""`ImageGenInputUsageDetails`: The request's tokens by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from attrs import define, field

from .._runtime.request.values import given
from .._runtime.response.values import read_int


@define(kw_only=True)
class ImageGenInputUsageDetails:
    """The request's tokens by kind.

    Attributes:
        text_tokens: Text tokens in the request.
        image_tokens: Image tokens in the request.
        additional_properties: Members that the document does not define.
    """

    text_tokens: int | None = None
    image_tokens: int | None = None
    additional_properties: dict[str, object] = field(factory=dict[str, object])

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object. A member whose type is not the document's reads as `None`."""
        unread = dict(source)
        return cls(
            text_tokens=read_int(unread.pop("text_tokens", None)),
            image_tokens=read_int(unread.pop("image_tokens", None)),
            additional_properties=unread,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the members that are given, by their names in the document; a file stays as it is."""
        return {
            **self.additional_properties,
            **given(
                {
                    "text_tokens": self.text_tokens,
                    "image_tokens": self.image_tokens,
                }
            ),
        }
