"""Expressions that take Python's backtracking too long: exponential ones, and how long a value others can bear.

An expression is read as an automaton over its characters. It is exponential if it can go round a loop in two ways by
the same text, as `(a+)+` can. It is polynomial if several loops that take the same character follow one another, as in
`a*a*b`; its degree is how many, and one more if a match may begin anywhere.
"""

import re
from collections.abc import Sequence

from attrs import Factory, define, frozen

_MAX_COPIES = 8
"""How often a part that is repeated is looked at; what is repeated more often, in varying number, is a loop."""

_MAX_POSITIONS = 500
_MAX_STEPS = 10_000_000
"""How many steps a match may take: about a second."""

_MAX_DEGREE = 4
_PIECE = re.compile(
    r"""\(\?P<\w+> | \(\?P=\w+\) | \(\?(?:<?[=!]|[a-zA-Z-]*:) | [()|^$]
      | (?P<repeat>(?:[*+?]|\{\d*,?\d*(?<=\d)\}|\{\d+,\})[?+]?)
      | \[\^?\]?(?:\\.|[^\]\\])*\] | \\(?:x..|u....|U.{8}|\d+|.) | .""",
    re.VERBOSE | re.DOTALL,
)
_EMPTY = frozenset({"^", "$", r"\A", r"\Z", r"\b", r"\B"})
_SAMPLES = "\x00\t\n\r !#$%&'()*+,-./059:;<=>?@AFMZ[\\]^_`afmz{|}~\x80\xa0\xe9\u0100\u0661\u2028\u3042\ufeff\U0001f9a6"


class TooLongError(Exception):
    """An expression is too long to be judged."""


def degree_of(expression: str) -> float:
    """Return the degree of the polynomial that bounds the steps of a search: infinity for an exponential one.

    Raises:
        TooLongError: It cannot be told.
    """
    automaton = _Reading(expression).automaton
    loops = automaton.loops()
    if any(automaton.is_ambiguous(loop) for loop in loops):
        return float("inf")
    masks = [automaton.taken_by(loop) for loop in loops]
    after = [automaton.reachable(loop) for loop in loops]

    def chain(index: int, mask: int) -> int:
        onward = [
            chain(other, mask & masks[other])
            for other, loop in enumerate(loops)
            if other != index and loop & after[index] and mask & masks[other]
        ]
        return 1 + max(onward, default=0)

    longest = max((chain(index, mask) for index, mask in enumerate(masks)), default=0)
    is_anchored = re.match(r"(?:\(\?a:)?(?:\^|\\A)(?![^(]*\|)", expression) is not None
    return longest + (0 if is_anchored or not longest else 1)


def max_length(expression: str) -> int | None:
    """Return how long a value may be to be searched in time: None for any length, 0 for none.

    Raises:
        TooLongError: It cannot be told.
    """
    degree = degree_of(expression)
    if degree <= 1:
        return None
    return 0 if degree > _MAX_DEGREE else int(_MAX_STEPS ** (1 / degree))


@frozen
class _Part:
    """A part of an expression: the positions that it may begin and end with, and whether it may be empty."""

    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    is_empty: bool = True


@define
class _Automaton:
    """The positions of an expression, which are its characters, and which may follow which.

    Attributes:
        takes: The characters of each position, a bit for each of the alphabet.
        follow: The positions after each, once for each way that leads there.
    """

    takes: list[int] = Factory(list[int])
    follow: list[list[int]] = Factory(list[list[int]])

    def add(self, takes: int) -> _Part:
        if len(self.takes) >= _MAX_POSITIONS:
            raise TooLongError
        self.takes.append(takes)
        self.follow.append([])
        index = len(self.takes) - 1
        return _Part((index,), (index,), is_empty=False)

    def join(self, one: _Part, other: _Part) -> _Part:
        self.link(one, other)
        first = (*one.first, *other.first) if one.is_empty else one.first
        last = (*other.last, *one.last) if other.is_empty else other.last
        return _Part(first, last, one.is_empty and other.is_empty)

    def link(self, one: _Part, other: _Part) -> None:
        for index in one.last:
            self.follow[index] += other.first

    def reachable(self, start: Sequence[int] | frozenset[int]) -> frozenset[int]:
        found: set[int] = set()
        waiting = [onward for index in start for onward in self.follow[index]]
        while waiting:
            if (index := waiting.pop()) not in found:
                found.add(index)
                waiting += self.follow[index]
        return frozenset(found)

    def taken_by(self, positions: frozenset[int]) -> int:
        found = 0
        for index in positions:
            found |= self.takes[index]
        return found

    def loops(self) -> list[frozenset[int]]:
        """Return the sets of positions that lead to one another."""
        after = [self.reachable([index]) for index in range(len(self.takes))]
        found = {frozenset(o for o in after[index] if index in after[o]) for index in range(len(after))}
        return sorted(filter(None, found), key=min)

    def is_ambiguous(self, loop: frozenset[int]) -> bool:
        """Return whether a loop can be gone round in two ways by one text."""
        inner = {index: [onward for onward in self.follow[index] if onward in loop] for index in loop}
        if any(len(set(onward)) < len(onward) for onward in inner.values()):
            return True
        before: dict[tuple[int, int], list[tuple[int, int]]] = {}
        waiting = [(index, index) for index in loop]
        seen = set(waiting)
        while waiting:
            one, other = pair = waiting.pop()
            for onward in ((a, b) for a in inner[one] for b in inner[other] if self.takes[a] & self.takes[b]):
                before.setdefault(onward, []).append(pair)
                if onward not in seen:
                    seen.add(onward)
                    waiting.append(onward)
        # Which pairs of different positions lead back to one position?
        back = [(index, index) for index in loop]
        found = set(back)
        while back:
            for pair in before.get(back.pop(), []):
                if pair not in found:
                    found.add(pair)
                    back.append(pair)
        return any(one != other for one, other in found)


class _Reading:
    """An expression of Python's that is read into an automaton."""

    def __init__(self, expression: str) -> None:
        self._pieces = list(_PIECE.finditer(expression))
        self._at = 0
        self._flags = "(?a)" if expression.startswith("(?a:") else ""
        near = {chr(min(ord(c) + step, 0x10FFFF)) for c in expression for step in (-1, 0, 1) if ord(c) + step >= 0}
        self._alphabet = sorted({*_SAMPLES, *near})
        self.automaton = _Automaton()
        self._alternation()

    @property
    def _piece(self) -> str | None:
        return self._pieces[self._at][0] if self._at < len(self._pieces) else None

    def _alternation(self) -> _Part:
        found = self._sequence()
        while self._piece == "|":
            self._at += 1
            other = self._sequence()
            found = _Part((*found.first, *other.first), (*found.last, *other.last), found.is_empty or other.is_empty)
        return found

    def _sequence(self) -> _Part:
        found = _Part()
        while self._piece not in (None, "|", ")"):
            found = self.automaton.join(found, self._repeated())
        return found

    def _repeated(self) -> _Part:
        start = self._at
        found = self._atom()
        while self._at < len(self._pieces) and (repeat := self._pieces[self._at]["repeat"]):
            end = self._at + 1
            least, most = _bounds(repeat)
            is_loop = most is None or (least < most and most > _MAX_COPIES)
            copies = 1 if is_loop or most is None else min(most, _MAX_COPIES)
            for number in range(1, copies):
                self._at = start
                copy = self._atom()
                optional = _Part(copy.first, copy.last, copy.is_empty or number >= least)
                found = self.automaton.join(found, optional)
            if is_loop:
                self.automaton.link(found, found)
            found = _Part(found.first, found.last, found.is_empty or least == 0)
            self._at = end
        return found

    def _atom(self) -> _Part:
        piece = self._piece or ""
        self._at += 1
        if piece.startswith("(?P=") or re.fullmatch(r"\\[1-9]\d*", piece):
            anything = self.automaton.add(-1)
            self.automaton.link(anything, anything)
            return _Part(anything.first, anything.last)
        if piece.startswith("("):
            found = self._alternation()
            self._at += 1
            return _Part() if piece in ("(?=", "(?!", "(?<=", "(?<!") else found
        if piece in _EMPTY:
            return _Part()
        return self.automaton.add(self._taken_by(piece))

    def _taken_by(self, piece: str) -> int:
        one = re.compile(self._flags + piece, re.DOTALL if piece == "." else re.NOFLAG)
        return sum(1 << index for index, character in enumerate(self._alphabet) if one.fullmatch(character))


def _bounds(repeat: str) -> tuple[int, int | None]:
    """Return how often a part is there at least and at most."""
    if repeat[0] != "{":
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[repeat[0]]
    least, comma, most = repeat.rstrip("?+")[1:-1].partition(",")
    return int(least or 0), int(most) if most else None if comma else int(least)
