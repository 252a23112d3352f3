"""What a stream consists of, and what is odd about it, told with regular expressions and no parser of HTTP."""

import re

from attrs import frozen

from tests.fuzz.streams import Case

_INFORMATIONAL = re.compile(rb"HTTP/1\.[0-9] 1(?!01)[0-9][0-9](?=[ \r\n]).*?\n\r?\n", re.DOTALL).match
_BLANK = re.compile(rb"\n\r?\n").search
_STATUS_LINE = re.compile(rb"HTTP/1\.[0-9] [1-9][0-9][0-9](?: (?:[^\0\s]|[ \t])*)?").fullmatch
_FIELD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*(?:[^\0\s](?:[^\0\s]|[ \t])*)?").fullmatch
_NUMBER = re.compile(rb"[0-9]{1,20}").fullmatch
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,20})(?:;[^\n]*)?[ \t]*\r\n").match
_MOST = 100 * 1024


@frozen
class Parts:
    """What a stream consists of.

    Attributes:
        case: The case that it is from.
        before: The heads of informational responses.
        head: The head of the final response.
        rest: What comes after it.
    """

    case: Case
    before: tuple[bytes, ...]
    head: bytes
    rest: bytes

    @classmethod
    def of(cls, case: Case) -> "Parts":
        """Take a stream apart."""
        stream, start, before = case.stream, 0, list[bytes]()
        while (found := _INFORMATIONAL(stream, start)) is not None:
            before.append(found[0])
            start = found.end()
        end = _BLANK(stream, start)
        middle = end.end() if end else len(stream)
        return cls(case, tuple(before), stream[start:middle], stream[middle:])

    @property
    def status_line(self) -> bytes:
        """The first line of the head."""
        return _first_line(self.head)

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of a header, in lower case."""
        found = (line.partition(b":") for line in _lines(self.head))
        return [value.strip(b" \t").lower() for field, _, value in found if field.lower() == name]

    def is_last(self) -> bool:
        """Whether no other request may follow on the connection (RFC 9112, sections 6.1, 6.3 and 9.6)."""
        closes = any(b"close" in re.split(rb"[ \t,]+", value) for value in self.values(b"connection"))
        has_both = self.is_chunked() and bool(self.values(b"content-length"))
        return closes or has_both or self.head.startswith(b"HTTP/1.0")

    def is_cut_off(self) -> bool:
        """Whether the head has no end."""
        return not _BLANK(self.head)

    def is_chunked(self) -> bool:
        """Whether the body is said to come in chunks."""
        return b"chunked" in self.values(b"transfer-encoding")

    def has_odd_status(self) -> bool:
        """Whether the status line is none."""
        return not _STATUS_LINE(self.status_line)

    def has_odd_line(self) -> bool:
        """Whether a header is none."""
        return _has_odd_line(self.head)

    def has_odd_line_before(self) -> bool:
        """Whether a line of an informational response is none."""
        return any(_has_odd_line(head) or not _STATUS_LINE(_first_line(head)) for head in self.before)

    def has_odd_coding(self) -> bool:
        """Whether a transfer coding other than chunked is named, or several are."""
        return self.values(b"transfer-encoding") not in ([], [b"chunked"])

    def has_odd_length(self) -> bool:
        """Whether a length is none, or differs from another one."""
        lengths = {length.strip() for value in self.values(b"content-length") for length in value.split(b",")}
        return len(lengths) > 1 or not all(map(_NUMBER, lengths))

    def has_repeated_length(self) -> bool:
        """Whether there are several lengths."""
        values = self.values(b"content-length")
        return len(values) > 1 or any(b"," in value for value in values)

    def has_huge_length(self) -> bool:
        """Whether a length has more than 64 bits."""
        return any(int(value) >= 2**64 for value in self.values(b"content-length") if _NUMBER(value))

    def has_long_head(self) -> bool:
        """Whether a head is longer than any may be."""
        return any(len(head) > _MOST for head in (*self.before, self.head))

    def has_long_line(self) -> bool:
        """Whether a line between chunks is as long, or all trailers are."""
        trailers = self.rest[self.rest.rfind(b"\r\n0") :]
        return any(len(line) > _MOST for line in (trailers, *self.rest.split(b"\n")))

    def has_odd_chunks(self) -> bool:
        """Whether what comes is no body in chunks, or not the whole of one."""
        rest = self.rest
        while self.is_chunked():
            found = _CHUNK(rest)
            if found is None:
                return True
            rest, size = rest[found.end() :], int(found[1], 16)
            if size == 0:
                return not _begins_with_trailers(rest)
            if rest[size : size + 2] != b"\r\n":
                return True
            rest = rest[size + 2 :]
        return False


def _first_line(head: bytes) -> bytes:
    return head.partition(b"\n")[0].removesuffix(b"\r")


def _lines(head: bytes) -> list[bytes]:
    """Return the lines of a head below the first, with folds undone."""
    unfolded = re.sub(rb"\r?\n[ \t]+", b" ", re.sub(rb"\n\r?\n\Z", b"", head))
    return [line.removesuffix(b"\r") for line in unfolded.split(b"\n")[1:]]


def _has_odd_line(head: bytes) -> bool:
    return not all(map(_FIELD, _lines(head))) or bool(re.match(rb"[^\n]*\n[ \t]", head))


def _begins_with_trailers(rest: bytes) -> bool:
    """Whether this begins with trailers, maybe none, and an empty line."""
    if re.match(rb"\r?\n", rest):
        return True
    end = _BLANK(rest)
    return end is not None and all(map(_FIELD, _lines(b"\n" + rest[: end.end()]))) and not re.match(rb"[ \t]", rest)
