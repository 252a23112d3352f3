"""One file as the whole body of a request."""

from collections.abc import Mapping
from typing import cast

from attrs import frozen

from .bodies import Body, BodyEncoding, Fields
from .files import OCTET_STREAM, Upload, read_upload


@frozen
class FileBody(BodyEncoding):
    """One file as the whole body; it comes as the field `body`."""

    media_type: str = OCTET_STREAM

    async def read_files(self, fields: Fields, limits: Mapping[str, int], /) -> Fields:
        """Read the file."""
        return {"body": await read_upload("body", fields["body"], media_type=self.media_type, limit=limits.get("body"))}

    def write(self, fields: Fields, /) -> Body:
        """Write the file's content."""
        upload = cast(Upload, fields["body"])
        return Body((upload.content,), upload.mime_type)
