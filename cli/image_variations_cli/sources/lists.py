"""Lists of images: a line for each, with fields of its own."""

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from math import inf
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias, TypeVar, cast

from attrs import frozen

from ..rows import FieldValue, Source
from ..text import show_text
from .files import describe_error, make_problem, make_source

T = TypeVar("T")

ListFormat: TypeAlias = Literal["txt", "csv", "jsonl"]
"""How a list is written."""

LIST_FORMATS: Mapping[str, ListFormat] = {
    ".txt": "txt",
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""The formats of lists by their extension."""

PATH_FIELDS = ("image", "path", "file")
"""What the column or the member may be called that has the image's path. Every other is a form field."""

INTEGER_FIELDS = ("n",)
"""The form fields whose value is an integer; in a CSV file everything is a string."""


class _LineError(ValueError):
    """A line that names no image, with the reason."""


@frozen
class ListReader:
    """A list, read line by line.

    Attributes:
        name: How it is called, in the names of lines that cannot be used.
        folder: What relative paths are relative to.
        format: How it is written.
        encoding: Of its text; a mark of the byte order is passed over.
    """

    name: str
    folder: Path
    format: ListFormat
    encoding: str = "utf-8-sig"

    @classmethod
    def of_file(cls, path: Path) -> "ListReader | None":
        """Return a reader for a file that is called as lists are, unless its content is no text."""
        list_format = LIST_FORMATS.get(path.suffix.lower())
        if list_format is None or not os.path.isfile(path):
            return None
        with path.open("rb") as file:
            start = file.read(1024)
        is_wide = start.startswith((b"\xff\xfe", b"\xfe\xff"))
        if b"\0" in start and not is_wide:
            return None
        return cls(str(path), path.parent, list_format, "utf-16" if is_wide else "utf-8-sig")

    def read(self, file: BinaryIO) -> Iterator[Source]:
        """Yield the source of each line. A line that cannot be used is a source with a problem."""
        parsers: dict[ListFormat, Callable[[TextIOWrapper], Iterator[Source]]]
        parsers = {"txt": self._read_txt, "csv": self._read_csv, "jsonl": self._read_jsonl}
        # Paths are bytes to the system: those that are no UTF-8 survive (PEP 383).
        errors = "surrogateescape" if self.encoding == "utf-8-sig" else "strict"
        text = TextIOWrapper(file, self.encoding, errors, newline="" if self.format == "csv" else "\n")
        try:
            yield from parsers[self.format](text)
        except (OSError, UnicodeError) as error:
            yield make_problem(self.name, Path(self.name).stem, describe_error(error))
        finally:
            text.detach()  # whoever opened the file closes it

    def _read_txt(self, text: TextIOWrapper) -> Iterator[Source]:
        for line in text:
            written = line.removesuffix("\n").removesuffix("\r")
            if written.strip():
                # Literally, if there is such a file; else without the blanks and quotes that people copy with a path.
                spellings = (written, written.strip(), written.strip().strip('"'))
                found = (spelling for spelling in spellings if os.path.lexists(self.folder / spelling))
                yield make_source(self.folder / next(found, written))

    def _read_jsonl(self, text: TextIOWrapper) -> Iterator[Source]:
        for number, line in enumerate(text, 1):
            if line.strip():
                yield self._make(number, line, _parse_json)

    def _read_csv(self, text: TextIOWrapper) -> Iterator[Source]:
        header = text.readline()
        delimiter = next((mark for mark in ",;\t" if _find_path_columns(_split(header, mark))), None)
        if delimiter is None:
            expected = f"{', '.join(PATH_FIELDS[:-1])} or {PATH_FIELDS[-1]}"
            yield self._refuse(1, f"its header has no column {expected}, but {show_text(header.strip()[:80])!r}")
            return
        columns = _split(header, delimiter)
        reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield self._refuse(1 + reader.line_num, f"it is no CSV: {error}")
                continue
            if cells is None:
                return
            if cells:
                yield self._make(1 + reader.line_num, (columns, cells), _parse_cells)

    def _make(self, number: int, line: T, parse: Callable[[T], "_Line"]) -> Source:
        """Return the source of a line."""
        try:
            path, fields = _take_path(parse(line))
        except _LineError as error:
            return self._refuse(number, str(error))
        return make_source(self.folder / path, fields)

    def _refuse(self, number: int, problem: str) -> Source:
        """Return a source for a line that cannot be used."""
        return make_problem(f"{self.name}:{number}", f"{Path(self.name).stem}-{number}", problem)


_Line: TypeAlias = Mapping[str, object]
"""What a line says: values by column or member, None for those that it leaves out."""


def _split(header: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([header], delimiter=delimiter), list[str]())]


def _find_path_columns(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.casefold() in PATH_FIELDS]


def _parse_cells(row: tuple[Sequence[str], Sequence[str]]) -> _Line:
    columns, cells = row
    if len(cells) > len(columns):
        raise _LineError(f"it has {len(cells)} cells, but the header has {len(columns)}; quote what has a delimiter")
    # An empty cell says nothing, and a column without a name is a number of lines.
    return {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}


def _parse_json(line: str) -> _Line:
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _LineError(f"it is no JSON: {error}") from error
    if isinstance(value, str):
        return {PATH_FIELDS[0]: value}
    if not isinstance(value, dict):
        raise _LineError(f'it must be a path or an object, such as {{"{PATH_FIELDS[0]}": "otter.png"}}')
    return cast("_Line", value)


def _take_path(line: _Line) -> tuple[str, dict[str, FieldValue]]:
    """Return the path that a line has, and its form fields."""
    names = _find_path_columns(line)
    if len(names) != 1:
        raise _LineError(f"it names {len(names)} images; it must have one of {', '.join(PATH_FIELDS)}")
    path = line[names[0]]
    if not isinstance(path, str) or not path:
        raise _LineError(f"{names[0]} must be a path, but is {json.dumps(path)}")
    values = {name: value for name, value in line.items() if name != names[0] and value is not None}
    return path, {name: _check_field(name, value) for name, value in values.items()}


def _check_field(name: str, value: object) -> FieldValue:
    """Return a form field's value, an integer if the field has one."""
    if not isinstance(value, str | int | float) or value in (inf, -inf) or value != value:
        raise _LineError(f"{show_text(name)} must be a string, a number, true or false")
    if not _is_unicode(name) or (isinstance(value, str) and not _is_unicode(value)):
        raise _LineError(f"{show_text(name)} must be UTF-8 text")
    if name in INTEGER_FIELDS and not isinstance(value, bool):
        # What is no integer stays as it is: the client says what the field's rule is.
        with suppress(ValueError):
            return int(value) if isinstance(value, str) or value == int(value) else value
    return value


def _is_unicode(string: str) -> bool:
    """Return whether a string can be sent: half a surrogate pair, or a byte that is no UTF-8, cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in string)
