# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""`Image`: One variation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from attrs import define, field

from .._runtime.request.values import given
from .._runtime.response.values import read_str


@define(kw_only=True)
class Image:
    """One variation.

    Attributes:
        b64_json: The image file in base64. Present when `response_format` was `b64_json`.
        url: Where the image can be downloaded for 60 minutes. Present when `response_format` was
            `url`.
        revised_prompt: The prompt that was used in place of the one given. Only `dall-e-3` sends
            it.
        additional_properties: Members that the document does not define.
    """

    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None = None
    additional_properties: dict[str, object] = field(factory=dict[str, object])

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object. A member whose type is not the document's reads as `None`."""
        unread = dict(source)
        return cls(
            b64_json=read_str(unread.pop("b64_json", None)),
            url=read_str(unread.pop("url", None)),
            revised_prompt=read_str(unread.pop("revised_prompt", None)),
            additional_properties=unread,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the members that are given, by their names in the document; a file stays as it is."""
        return {
            **self.additional_properties,
            **given(
                {
                    "b64_json": self.b64_json,
                    "url": self.url,
                    "revised_prompt": self.revised_prompt,
                }
            ),
        }
