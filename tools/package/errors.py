"""What goes wrong with a package in a folder, each in one line."""

from collections.abc import Iterable


class PlaceError(Exception):
    """A package cannot be written to a folder, or read from it. The message says where and why."""


class ManifestError(PlaceError):
    """A manifest is missing, or cannot be read."""


class BlockedError(PlaceError):
    """Something stands in the way that is not an edit of a file.

    Attributes:
        complaints: A line for each place, which begins with its path.
    """

    def __init__(self, complaints: Iterable[str]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("; ".join(self.complaints))


class EditedError(BlockedError):
    """Files were edited, and the edits would be lost."""


def show(path: object) -> str:
    """Return a path in one printable line."""
    text = str(path)
    return text if text.isprintable() else ascii(text)


def reason(error: OSError) -> str:
    """Return the system's message, and the file that it is about."""
    what = error.strerror or str(error)
    return f"{show(error.filename)}: {what}" if error.filename else what
