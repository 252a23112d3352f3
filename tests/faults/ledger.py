"""The books of two sides: what a client says that its calls can have cost, and what the server made for each.

A thousand calls go to a server where three answers in ten fail, each in one of the ways of six rows of the
fault matrix. The server tells calls apart by their field `user`, and keeps a ledger of the images that it made.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from attrs import Factory, define, frozen

from tests.faults.callers import Caller, Outcome
from tests.faults.responses import CUT, HTML, IMAGE, api_error
from tests.faults.scenes.calls import SMALL
from tests.support.server import ScriptedServer
from tests.support.turns import Received, Visit, await_hang_up, close, reset, respond, take_request

CALLS = 1000
FAILING = 0.3
SEED = 5

_AT_ONCE = 50
_TIMEOUT = 1.0

_REJECTING = (
    respond(500, api_error()),
    respond(503, api_error()),
    respond(503, HTML, {"Retry-After": "1"}),
    respond(529),
    respond(521, HTML),
)
_UNCLEAR = tuple(respond(status, body) for status in (408, 502, 503, 504, 520, 524) for body in (HTML, b""))


@define(eq=False)
class Bookkeeper:
    """Fails requests at random, the same ones each time, and enters each image that it makes for them.

    Attributes:
        seed: What the choice depends on, beside the call and how often it came.
        made: How many images were made for each call.
        came: How many POSTs came for each call.
    """

    seed: int
    made: Counter[str] = Factory(Counter[str])
    came: Counter[str] = Factory(Counter[str])

    async def attend(self, visit: Visit) -> None:
        """Do with one request what chance has in store for it."""
        await take_request(visit)
        user = dict(Received(visit.head, visit.body).form.fields)["user"]
        self.came[user] += 1
        chance = random.Random(f"{self.seed} {user} {self.came[user]}")  # noqa: S311  # the same each time, no secret
        if chance.random() < FAILING:
            await chance.choice(tuple(_FAULTS.values()))(self, visit, user, chance)
        else:
            self.made[user] += 1
            await IMAGE(visit)

    async def reset_after_upload(self, visit: Visit, user: str, chance: random.Random) -> None:
        """Row 7. The image may have been made by then."""
        self.made[user] += chance.getrandbits(1)
        await reset(visit)

    async def never_answer(self, visit: Visit, user: str, chance: random.Random) -> None:
        """Row 9. The image may have been made."""
        self.made[user] += chance.getrandbits(1)
        await await_hang_up(visit)

    async def cut_the_body(self, visit: Visit, user: str, chance: random.Random) -> None:
        """Row 12."""
        self.made[user] += 1
        await CUT(visit)
        await close(visit)

    async def be_busy(self, visit: Visit, user: str, chance: random.Random) -> None:
        """Row 25."""
        await respond(429, api_error())(visit)

    async def reject(self, visit: Visit, user: str, chance: random.Random) -> None:
        """Row 29."""
        await chance.choice(_REJECTING)(visit)

    async def be_unclear(self, visit: Visit, user: str, chance: random.Random) -> None:
        """Row 30. The image may have been made."""
        self.made[user] += chance.getrandbits(1)
        await chance.choice(_UNCLEAR)(visit)


_FAULTS = {
    7: Bookkeeper.reset_after_upload,
    9: Bookkeeper.never_answer,
    12: Bookkeeper.cut_the_body,
    25: Bookkeeper.be_busy,
    29: Bookkeeper.reject,
    30: Bookkeeper.be_unclear,
}


@frozen
class Audit:
    """The two books side by side.

    Attributes:
        outcomes: How each call ended, by its `user`.
        made: How many images the server made for each.
        posts: How many POSTs came.
        seconds: How long it took.
    """

    outcomes: Mapping[str, Outcome]
    made: Mapping[str, int]
    posts: int
    seconds: float

    def tally(self, holds: Callable[[Outcome], bool]) -> Counter[int]:
        """Of the calls that ended in some way, how many had no image made, how many one, and so on."""
        return Counter(self.made.get(user, 0) for user, outcome in self.outcomes.items() if holds(outcome))

    def billed(self, billed: str) -> Counter[int]:
        """The same of the calls that say this of their bill."""
        return self.tally(lambda outcome: outcome.billed == billed)


async def audit(caller: Caller, *, calls: int = CALLS, seed: int = SEED) -> Audit:
    """Make the calls, and hold the books against each other."""
    books = Bookkeeper(seed)
    at_once = asyncio.Semaphore(_AT_ONCE)
    start = time.monotonic()
    async with ScriptedServer((books.attend,)) as server:
        async with caller.open(server.base_url, timeout=_TIMEOUT) as session:

            async def call(user: str) -> tuple[str, Outcome]:
                async with at_once:
                    return user, await session.call(SMALL, user=user)

            outcomes = dict(await asyncio.gather(*(call(f"user-{number}") for number in range(calls))))
        return Audit(outcomes, books.made, server.posts, time.monotonic() - start)


def report(audits: Mapping[str, Audit]) -> str:
    """The books of several clients beside each other."""
    lines = [("", *audits), *((words, *(str(count(books)) for books in audits.values())) for words, count in _COUNTS)]
    return "\n".join(f"{words:34}" + "".join(f"{cell:>24}" for cell in cells) for words, *cells in lines)


def _with_an_image(tally: Counter[int]) -> int:
    return tally.total() - tally[0]


def _with_several_images(tally: Counter[int]) -> int:
    return _with_an_image(tally) - tally[1]


_COUNTS: Sequence[tuple[str, Callable[[Audit], object]]] = (
    ("calls", lambda books: len(books.outcomes)),
    ("POSTs", lambda books: books.posts),
    ("images made", lambda books: sum(books.made.values())),
    ("calls that succeeded", lambda books: books.tally(lambda outcome: outcome.error is None).total()),
    ("calls that failed", lambda books: books.tally(lambda outcome: outcome.error is not None).total()),
    ('calls that say billed "yes"', lambda books: books.billed("yes").total()),
    ("  of these with an image", lambda books: _with_an_image(books.billed("yes"))),
    ('calls that say billed "no"', lambda books: books.billed("no").total()),
    ("  of these with an image", lambda books: _with_an_image(books.billed("no"))),
    ('calls that say billed "unknown"', lambda books: books.billed("unknown").total()),
    ("  of these with an image", lambda books: _with_an_image(books.billed("unknown"))),
    ("calls with more than one image", lambda books: _with_several_images(books.tally(lambda _: True))),
    ("seconds", lambda books: f"{books.seconds:.1f}"),
)
