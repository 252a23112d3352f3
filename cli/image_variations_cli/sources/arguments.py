"""From the arguments of a command to its sources."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from attrs import field, frozen

from ..errors import UsageError
from ..rows import Source
from .files import describe_error, make_problem, make_source
from .folders import Walker
from .globs import is_glob, take_matches
from .left_out import LeftOut
from .lists import LIST_FORMATS, ListFormat, ListReader

STANDARD_INPUT = "-"


@frozen
class Sources:
    """The images that arguments stand for: files, folders, globs, lists, and `-` for a list on standard input.

    Iterating yields them in an order that stays, one folder or list at a time, and reads no image. It looks at the disk
    as it goes, so an event loop has it done in a thread. `left_out` counts as long as it goes.

    A file that is named itself is taken each time. A folder or a glob yields only what nothing else has led to: shells
    expand `photos/**` to folders and to the files in them, and nobody wants to pay for those twice.

    Attributes:
        arguments: What to look at, in this order. A relative path is relative to the working directory.
        output_dir: The output directory of the batch, which is never looked into.
        standard_input: Where `-` is read from. It is read once.
        list_format: How that is written.
        left_out: What was found beside them.

    Raises:
        UsageError: `-` without a format, or more than once.
    """

    arguments: Sequence[str]
    output_dir: Path
    standard_input: BinaryIO | None = None
    list_format: ListFormat | None = None
    left_out: LeftOut = field(factory=LeftOut, init=False)

    def __attrs_post_init__(self) -> None:
        inputs = self.arguments.count(STANDARD_INPUT)
        if inputs and (self.list_format is None or self.standard_input is None):
            formats = ", ".join(dict.fromkeys(LIST_FORMATS.values()))
            raise UsageError(f"- reads a list from standard input: say how it is written with --format ({formats})")
        if inputs > 1:
            raise UsageError("- is given more than once, but standard input can be read once only")

    def __iter__(self) -> Iterator[Source]:
        walker = Walker(self.output_dir, self.left_out, _Files(self.arguments).add)
        for argument in self.arguments:
            yield from self._take(argument, walker)

    def _take(self, argument: str, walker: Walker) -> Iterator[Source]:
        """Yield the sources of one argument."""
        path = Path(argument)
        if argument == STANDARD_INPUT:
            yield from self._read_standard_input()
        elif os.path.isdir(path):
            yield from walker.walk(path)
        elif os.path.lexists(path):
            yield from _read_file(path)
        elif is_glob(argument):
            yield from take_matches(argument, walker)
        else:
            yield make_source(path)

    def _read_standard_input(self) -> Iterator[Source]:
        if self.standard_input is not None and self.list_format is not None:
            yield from ListReader("standard input", Path(), self.list_format).read(self.standard_input)


class _Files:
    """The files that arguments led to, as hashes of their paths: a million of them take less than 100 MB."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._named = {self._identify(Path(argument)) for argument in arguments if os.path.isfile(argument)}
        self._seen = self._named
        # One folder leads to each file once.
        self._only = len(arguments) == 1 and "**" not in arguments[0]

    def add(self, path: Path) -> bool:
        """Remember a file that a folder or a glob led to. Return whether nothing else had."""
        if self._only:
            return True
        identity = self._identify(path)
        is_new = identity not in self._seen
        self._seen.add(identity)
        return is_new

    @staticmethod
    def _identify(path: Path) -> int:
        return hash(os.path.abspath(path))


def _read_file(path: Path) -> Iterator[Source]:
    """Yield the sources of a list, or the one that any other file is."""
    try:
        reader = ListReader.of_file(path)
        if reader is None:
            yield make_source(path)
            return
        with path.open("rb") as file:
            yield from reader.read(file)
    except OSError as error:
        yield make_problem(str(path), path.stem, describe_error(error))
