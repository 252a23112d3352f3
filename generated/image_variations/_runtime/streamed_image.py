# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What calls that stream images say of them. Apart from what decodes and saves them, which most programs never load."""

from collections.abc import AsyncGenerator, Callable

from attrs import define, field, frozen


@frozen
class ImageMembers:
    """Where an answer has its images: in the list `items`, as base64 in `payload` or as a link in `link`."""

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
