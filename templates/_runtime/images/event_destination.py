"""Where the images of events go: a partial one beside the whole one that follows."""

from pathlib import Path

from attrs import define, field

from .destination import Destination
from .files import PendingFile
from .partial_image import PartialImage
from .streamed_image import StreamedImage


@define(eq=False)
class EventDestination(Destination):
    """A directory, and the names that images get in it: `otter-1.partial-0.png` before `otter-1.png`.

    The positions of images are those in which they arrive.
    """

    _places: list[tuple[int, int | None]] = field(factory=list[tuple[int, int | None]], init=False)
    _chosen: dict[int, int] = field(factory=dict[int, int], init=False)

    def position_of(self, image: StreamedImage) -> int:
        """Return the position of an image, counted from 1, and note what it is."""
        self._places.append((image.index + 1, image.partial if isinstance(image, PartialImage) else None))
        return len(self._places)

    def finish(self, file: PendingFile, position: int) -> Path:
        """Give an image its name.

        Raises:
            OSError: No name can be had.
        """
        place, partial = self._places[position - 1]
        if partial is None:
            return super().finish(file, place)
        file.sync()
        with self._lock:
            path = self._replace_partial(file, place, partial) or self._take_partial(file, place, partial)
        file.discard()
        return path

    def _replace_partial(self, file: PendingFile, place: int, partial: int) -> Path | None:
        if not self.overwrite:
            return None
        path = self._partial_path(file, place, partial)
        try:
            file.replace(path)
        except (IsADirectoryError, PermissionError):
            return None
        return path

    def _take_partial(self, file: PendingFile, place: int, partial: int) -> Path:
        number = self._number(place)
        while not self._claim_partial(file, path := self._partial_path(file, number, partial)):
            number = self._next(number)
        self._chosen[place] = number  # what follows of the image has the same number
        return path

    def _number(self, position: int) -> int:
        return self._chosen.get(position) or super()._number(position)

    def _claim_partial(self, file: PendingFile, path: Path) -> bool:
        try:
            if not file.link(path):
                file.replace(path)
        except FileExistsError:
            return False
        return True

    def _partial_path(self, file: PendingFile, number: int, partial: int) -> Path:
        return self.directory / f"{self.stem}-{number}.partial-{partial}.{file.extension}"
