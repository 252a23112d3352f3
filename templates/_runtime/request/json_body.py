"""Bodies in JSON, and bodies that are one value."""

from typing import ClassVar

from attrs import frozen

from .bodies import Body, BodyEncoding, Fields
from .values import json_bytes, to_json


@frozen
class JsonBody(BodyEncoding):
    """`application/json`, or another media type with that syntax."""

    takes_null: ClassVar[bool] = True

    media_type: str = "application/json"

    def write(self, fields: Fields, /) -> Body:
        """Write the fields as one object."""
        return Body((json_bytes("body", fields),), self.media_type)


@frozen
class JsonValueBody(JsonBody):
    """JSON that is not an object; it comes as the field `body`."""

    def write(self, fields: Fields, /) -> Body:
        """Write the value."""
        return Body((json_bytes("body", fields["body"]),), self.media_type)


@frozen
class WholeBody:
    """A body that is one value and has no fields: JSON that is no object, or a file."""

    body: object

    def to_dict(self) -> dict[str, object]:
        """Return the value as the field `body`."""
        return {"body": to_json(self.body)}
