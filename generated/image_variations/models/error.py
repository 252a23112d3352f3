# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""`Error`: What went wrong, in the API's own terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from attrs import define, field

from .._runtime.request.values import given
from .._runtime.response.values import read_str


@define(kw_only=True)
class Error:
    """What went wrong, in the API's own terms.

    Attributes:
        message: What went wrong, for a person.
        type: The kind of error, such as `invalid_request_error`.
        param: The request field at fault, if one is.
        code: The error's stable name, such as `invalid_api_key`, if it has one.
        additional_properties: Members that the document does not define.
    """

    message: str | None = None
    type: str | None = None
    param: str | None = None
    code: str | None = None
    additional_properties: dict[str, object] = field(factory=dict[str, object])

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object. A member whose type is not the document's reads as `None`."""
        unread = dict(source)
        return cls(
            message=read_str(unread.pop("message", None)),
            type=read_str(unread.pop("type", None)),
            param=read_str(unread.pop("param", None)),
            code=read_str(unread.pop("code", None)),
            additional_properties=unread,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the members that are given, by their names in the document; a file stays as it is."""
        return {
            **self.additional_properties,
            **given(
                {
                    "message": self.message,
                    "type": self.type,
                    "param": self.param,
                    "code": self.code,
                }
            ),
        }
