# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""`ErrorResponse`: The API's body for a response that is not a success."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from attrs import define, field

from .. import models as _models
from .._runtime.request.values import given
from .._runtime.response.values import read_model


@define(kw_only=True)
class ErrorResponse:
    """The API's body for a response that is not a success.

    Attributes:
        error: What went wrong, in the API's own terms.
        additional_properties: Members that the document does not define.
    """

    error: _models.Error | None = None
    additional_properties: dict[str, object] = field(factory=dict[str, object])

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object. A member whose type is not the document's reads as `None`."""
        unread = dict(source)
        return cls(
            error=read_model(unread.pop("error", None), lambda: _models.Error),
            additional_properties=unread,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the members that are given, by their names in the document; a file stays as it is."""
        return {
            **self.additional_properties,
            **given(
                {
                    "error": self.error,
                }
            ),
        }
