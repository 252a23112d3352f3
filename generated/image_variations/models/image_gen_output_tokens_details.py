# Generated from the OpenAPI document by `make generate`, which discards edits.
"""`ImageGenOutputTokensDetails`: The answer's tokens by kind."""

from collections.abc import Mapping
from typing import Self

from attrs import define, field

from .._runtime.json_values import given, read_int


@define(kw_only=True)
class ImageGenOutputTokensDetails:
    """The answer's tokens by kind.

    Attributes:
        image_tokens: Image tokens in the answer.
        text_tokens: Text tokens in the answer.
        additional_properties: Members that the document does not know.
    """

    image_tokens: int | None = None
    text_tokens: int | None = None
    additional_properties: dict[str, object] = field(factory=dict[str, object])

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object. A member of another type than the document's reads as `None`."""
        unread = dict(source)
        return cls(
            image_tokens=read_int(unread.pop("image_tokens", None)),
            text_tokens=read_int(unread.pop("text_tokens", None)),
            additional_properties=unread,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the members that are given, as JSON."""
        return {
            **self.additional_properties,
            **given(
                {
                    "image_tokens": self.image_tokens,
                    "text_tokens": self.text_tokens,
                }
            ),
        }
