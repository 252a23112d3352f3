# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""`CreateImageVariationRequest`: What to vary, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from attrs import define, field

from .. import models as _models
from .._runtime.errors import InvalidRequestError
from .._runtime.request import image_rules, number_rules, rules, string_rules
from .._runtime.request.files import FileInput, as_file_input
from .._runtime.request.values import given
from .._runtime.response.values import read_int, read_str


@define(kw_only=True)
class CreateImageVariationRequest:
    """What to vary, and how.

    Attributes:
        image: The image to vary. A square PNG file of less than 4 MB.
        model: The model to use. The document names only `dall-e-2`; compatible servers have models
            of their own. The server's default is `dall-e-2`.
        n: How many variations to make. The server's default is `1`.
        response_format: How each variation comes back. `url` is a link that lives for 60 minutes,
            `b64_json` the file itself. The server's default is `url`.
        size: Width and height of each variation, in pixels. The server's default is `1024x1024`.
        user: A stable identifier of yours for the end user, which helps the server to detect abuse.
        additional_properties: Members that the document does not define.
    """

    image: FileInput = field(
        metadata={
            "rules": (
                rules.Required(),
                rules.Type("binary"),
                string_rules.MaxLength(4194303, "byte"),
                image_rules.Png(),
                image_rules.Square(),
            )
        }
    )
    model: str | _models.CreateImageVariationRequestModel | None = field(
        default=None, metadata={"rules": (rules.Type("string"),)}
    )
    n: int | None = field(
        default=None, metadata={"rules": (rules.Type("integer"), number_rules.Minimum(1), number_rules.Maximum(10))}
    )
    response_format: _models.CreateImageVariationRequestResponseFormat | str | None = field(
        default=None, metadata={"rules": (rules.Enum(("url", "b64_json")),)}
    )
    size: _models.CreateImageVariationRequestSize | str | None = field(
        default=None, metadata={"rules": (rules.Enum(("256x256", "512x512", "1024x1024")),)}
    )
    user: str | None = field(default=None, metadata={"rules": (rules.Type("string"),)})
    additional_properties: dict[str, object] = field(factory=dict[str, object])

    @classmethod
    def from_dict(cls, source: Mapping[str, object]) -> Self:
        """Read a JSON object. A member whose type is not the document's reads as `None`.

        Raises:
            InvalidRequestError: A required member is missing.
        """
        unread = dict(source)
        image = as_file_input(unread.pop("image", None))
        if image is None:
            raise InvalidRequestError("image", None, "must be given")
        return cls(
            image=image,
            model=read_str(unread.pop("model", None)),
            n=read_int(unread.pop("n", None)),
            response_format=read_str(unread.pop("response_format", None)),
            size=read_str(unread.pop("size", None)),
            user=read_str(unread.pop("user", None)),
            additional_properties=unread,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the members that are given, by their names in the document; a file stays as it is."""
        return {
            **self.additional_properties,
            **given(
                {
                    "image": self.image,
                    "model": self.model,
                    "n": self.n,
                    "response_format": self.response_format,
                    "size": self.size,
                    "user": self.user,
                }
            ),
        }
