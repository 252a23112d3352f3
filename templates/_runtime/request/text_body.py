"""A request's body that is text: a string, or a file that holds it."""

from collections.abc import Mapping

from attrs import frozen

from .bodies import Fields
from .file_body import FileBody
from .files import Upload


@frozen
class TextBody(FileBody):
    """A body of text; it comes as the field `body`. A string is written in UTF-8."""

    async def read_files(self, fields: Fields, limits: Mapping[str, int], /) -> Fields:
        """Encode a string, or read the file."""
        text = fields["body"]
        if not isinstance(text, str):
            return await super().read_files(fields, limits)
        return {"body": Upload(text.encode(), "body", self._media_type_of(text))}

    def _media_type_of(self, text: str) -> str:
        # ASCII is the same in every charset; for more, `text/*` has to say which it is (RFC 6657, section 3).
        is_said = text.isascii() or not self.media_type.startswith("text/") or "charset" in self.media_type.lower()
        return self.media_type if is_said else f"{self.media_type}; charset=utf-8"
