# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""`ImageGenUsage`: The tokens that the request used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from attrs import define, field

from .. import models as _models
from .._runtime.request.values import given
from .._runtime.response.values import read_int, read_model


@define(kw_only=True)
class ImageGenUsage:
    """The tokens that the request used.

    Only GPT Image models send it.

    Attributes:
        input_tokens: Tokens in the request, of images and text together.
        total_tokens: Tokens in the request and in the response together.
        output_tokens: Tokens in the response.
        output_tokens_details: The response's tokens by kind.
        input_tokens_details: The request's tokens by kind.
        additional_properties: Members that the document does not define.
    """

    input_tokens: int | None = None
    total_tokens: int | None = None
    output_tokens: int | None = None
    output_tokens_details: _models.ImageGenOutputTokensDetails | None = None
    input_tokens_details: _models.ImageGenInputUsageDetails | None = None
    additional_properties: dict[str, object] = field(factory=dict[str, object])

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object. A member whose type is not the document's reads as `None`."""
        unread = dict(source)
        return cls(
            input_tokens=read_int(unread.pop("input_tokens", None)),
            total_tokens=read_int(unread.pop("total_tokens", None)),
            output_tokens=read_int(unread.pop("output_tokens", None)),
            output_tokens_details=read_model(
                unread.pop("output_tokens_details", None), lambda: _models.ImageGenOutputTokensDetails
            ),
            input_tokens_details=read_model(
                unread.pop("input_tokens_details", None), lambda: _models.ImageGenInputUsageDetails
            ),
            additional_properties=unread,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the members that are given, by their names in the document; a file stays as it is."""
        return {
            **self.additional_properties,
            **given(
                {
                    "input_tokens": self.input_tokens,
                    "total_tokens": self.total_tokens,
                    "output_tokens": self.output_tokens,
                    "output_tokens_details": self.output_tokens_details,
                    "input_tokens_details": self.input_tokens_details,
                }
            ),
        }
