"""What is seen of a fault, and what is required of the client."""

from collections.abc import Container, Mapping

from attrs import field, frozen

from tests.faults.callers import Outcome


@frozen
class Observation:
    """What was seen on both sides of the wire.

    Attributes:
        outcome: How the call ended.
        posts: How many POSTs reached the server, where that is of interest.
        made: How many images the server made.
        tries: How many connections were tried, where the other side can tell.
        waits: The seconds of each back-off, as they were asked of the clock.
        calls: How many calls it is about.
        problems: What else was not as it must be.
    """

    outcome: Outcome
    posts: int | None = None
    made: int = 0
    tries: int | None = None
    waits: tuple[float, ...] = ()
    calls: int = 1
    problems: tuple[str, ...] = ()


@frozen
class Required:
    """What a row asks.

    Attributes:
        errors: The classes of which the error is exactly one; none for a success.
        billed: What the call says of the bill.
        posts: How many POSTs may reach the server.
        tries: How many connections are tried.
        waits: The seconds of each back-off.
        may_make_again: Whether the server may make more than one image for one call.
        details: Attributes that the error has, and their values.
    """

    errors: tuple[type[BaseException], ...]
    billed: str
    posts: Container[int | None]
    tries: int | None = None
    waits: tuple[float, ...] | None = None
    may_make_again: bool = False
    details: Mapping[str, object] = field(factory=dict[str, object])

    def violations(self, seen: Observation) -> list[str]:
        """What is not as it must be, in words: what was seen, and what had to be."""
        error, billed = seen.outcome.error, seen.outcome.billed
        outcomes = " or ".join(error.__name__ for error in self.errors) or "success"
        is_expected = type(error) in self.errors if error else seen.outcome.has_image and not self.errors
        judged = [
            (is_expected, f"the outcome is {seen.outcome.name} ({error}), not {outcomes}"),
            (billed == self.billed, f"billed is {billed}, not {self.billed}"),
            (seen.posts in self.posts, f"{seen.posts} POSTs came, not {self.posts}"),
            (self.tries in (None, seen.tries), f"{seen.tries} connections were tried, not {self.tries}"),
            (self.waits is None or _are_close(self.waits, seen.waits), f"the waits are {seen.waits}, not {self.waits}"),
            (seen.made <= seen.calls or self.may_make_again, f"the server made {seen.made} images"),
            (billed != "no" or seen.made == 0, "billed is no, and the server made an image"),
            (billed != "yes" or seen.made > 0, "billed is yes, and the server made no image"),
        ]
        judged += [
            (getattr(error, name, None) == value, f"{name} is {getattr(error, name, None)!r}, not {value!r}")
            for name, value in self.details.items()
        ]
        return [words for is_met, words in judged if not is_met] + list(seen.problems)


def succeeds(*, posts: int = 1, tries: int | None = None, waits: tuple[float, ...] | None = None) -> Required:
    """The call succeeds, and is billed once."""
    return Required((), "yes", (posts,), tries, waits)


def fails(
    *errors: type[BaseException],
    billed: str,
    posts: int | Container[int | None] | None = 1,
    tries: int | None = None,
    **details: object,
) -> Required:
    """The call fails with one of these errors, which has these attributes."""
    allowed = posts if isinstance(posts, Container) else (posts,)
    return Required(errors, billed, allowed, tries, details=details)


def _are_close(expected: tuple[float, ...], actual: tuple[float, ...]) -> bool:
    return len(expected) == len(actual) and all(abs(a - b) < 0.01 for a, b in zip(expected, actual, strict=True))
