"""URL-encoded forms."""

from collections.abc import Sequence

from attrs import frozen

from .bodies import Body, BodyEncoding, Fields
from .form_fields import StyledField, is_json, pairs_of
from .query import EncodedText, written_query
from .values import json_bytes, text_of


@frozen
class FormBody(BodyEncoding):
    """`application/x-www-form-urlencoded`.

    Attributes:
        styled: The fields that are written by a style.
    """

    styled: Sequence[StyledField] = ()

    def write(self, fields: Fields, /) -> Body:
        """Write each field as a pair, and each item of a list as a pair of its own, unless a style says otherwise."""
        pairs = [pair for name, value in fields.items() for pair in pairs_of(self.styled, name, value)]
        query = written_query([(name, _text_of(name, value)) for name, value in pairs])
        return Body((query,), "application/x-www-form-urlencoded")


def _text_of(name: str, value: object) -> str:
    if isinstance(value, EncodedText):
        return value
    return json_bytes(name, value).decode() if is_json(value) else text_of(name, value)
