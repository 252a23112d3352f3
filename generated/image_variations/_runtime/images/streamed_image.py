# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Images of a call that streams them, as its caller sees them.

What decodes and saves them is elsewhere, because most programs never load it.
"""

from collections.abc import AsyncGenerator, Callable

from attrs import define, field, frozen


@frozen
class ImageMembers:
    """The members of a response that hold its images: the list `items`, base64 in `payload`, a link in `link`."""

    items: str
    payload: str
    link: str


@define(eq=False)
class StreamedImage:
    """One image while it arrives: iterate over it, once and before the next, for its decoded bytes in pieces.

    Attributes:
        index: Its place among the response's items, from 0.
        url: Where it is downloaded from, if the response only links to it. A `data:` URL is not a
            place: it holds the image, which is decoded.
    """

    index: int
    url: str | None
    _read: Callable[[], AsyncGenerator[bytes]] = field(repr=False)

    def __aiter__(self) -> AsyncGenerator[bytes]:
        return self._read()
