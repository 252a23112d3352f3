"""What a batch and an export need of the place where images are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from attrs import define, field


@define(eq=False)
class ImageFiles:
    """The images of one row, and the names of those that are files by now.

    Attributes:
        stem: What the names begin with.
        images: Their contents.
        names: The names of the first images, as far as they were written.
    """

    stem: str
    images: Sequence[bytes] = field(repr=False)
    names: list[str] = field(factory=list[str], init=False)

    @property
    def size(self) -> int:
        """The bytes that are still to be written."""
        return sum(len(image) for image in self.images[len(self.names) :])


class Storage(Protocol):
    """A place for images, by names. It gives each name once. Its text is what people call the place."""

    @property
    def title(self) -> str:
        """What a page calls it."""
        ...

    @property
    def remedy(self) -> str:
        """What to do if it takes no more, as the beginning of a sentence."""
        ...

    async def prepare(self) -> None:
        """See that files can be written there.

        Raises:
            OSError: They cannot.
        """
        ...

    async def write(self, files: ImageFiles) -> None:
        """Write the images of a row that are not written yet. When this returns they are there for good.

        Raises:
            OSError: One could not be written. It may be tried again.
        """
        ...

    async def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            OSError: It cannot be read.
        """
        ...

    def link(self, name: str, folder: Path) -> str | None:
        """Return the URL of a file, relative to a folder, or None if a browser cannot open it."""
        ...

    def close(self) -> None:
        """End the threads, when they have done what they do."""
        ...
