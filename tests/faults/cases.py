"""The rows of the fault matrix as objects, and the cases that several rows have in common."""

import asyncio

from attrs import frozen
from image_variations import GatewayError, RedirectError, ServerError, StatusError

from tests.faults.callers import Caller
from tests.faults.observation import Observation, Required, fails, succeeds
from tests.faults.responses import HTML, api_error, made, not_made
from tests.faults.scenes.calls import WELL, Scene, one_call
from tests.faults.scenes.redirects import redirected
from tests.faults.scenes.sharing import wall_of_503
from tests.support.turns import Step, respond


@frozen
class Case:
    """One way to bring a fault about.

    Attributes:
        name: What tells it from the row's other cases.
        scene: Who does what.
        required: What must come of it.
        also_allowed: What may come of it instead, where the row leaves that to the transport.
        of_own: What must come of it over the client's own connections, where that is something else.
        seconds: How long it may take at most: no call hangs.
        is_slow: Whether `make test` leaves it out.
    """

    name: str
    scene: Scene
    required: Required
    seconds: float = 20.0
    is_slow: bool = False
    also_allowed: tuple[Required, ...] = ()
    of_own: Required | None = None

    async def play(self, caller: Caller) -> Observation:
        """See what comes of it."""
        async with asyncio.timeout(self.seconds):
            return await self.scene(caller)

    def violations(self, seen: Observation, *, is_own: bool = False) -> list[str]:
        """What of it is not as it must be, in words."""
        if is_own and self.of_own is not None:
            return self.of_own.violations(seen)
        found = [required.violations(seen) for required in (self.required, *self.also_allowed)]
        return [] if [] in found else found[0]

    async def holds(self, caller: Caller) -> Observation:
        """See that what comes of it is what is required."""
        seen = await self.play(caller)
        violations = self.violations(seen, is_own=caller.is_own)
        assert not violations, "; ".join(violations)
        return seen


@frozen
class Row:
    """One fault."""

    number: int
    fault: str
    cases: tuple[Case, ...]


def row(number: int, fault: str, *cases: Case) -> Row:
    """A row of the matrix."""
    return Row(number, fault, cases)


def refusal(status: int, error: type[StatusError], body: object = b"") -> Case:
    """A status that says that the request was at fault."""
    return Case(str(status), one_call(not_made(respond(status, body))), fails(error, billed="no"))


def retried(name: str, step: Step) -> Case:
    """An answer after which the call is sent once more, and succeeds."""
    return Case(name, one_call(not_made(step), WELL), succeeds(posts=2))


def waited(name: str, seconds: float, **headers: str) -> Case:
    """A 429 with these headers, and the wait that follows; all jitter is in the middle of its range."""
    named = {header.replace("_", "-"): value for header, value in headers.items()}
    scene = one_call(not_made(respond(429, api_error(), named)), WELL, timeout=60.0)
    return Case(name, scene, succeeds(posts=2, waits=(seconds,)))


def unclear(status: int, body: object = HTML, error: type[StatusError] = GatewayError) -> Case:
    """A status that something in front of the server may have sent after the image was made."""
    name = f"{status} with HTML" if body else f"{status} with nothing"
    return Case(name, one_call(made(respond(status, body))), fails(error, billed="unknown"))


def worded(name: str, body: object, message: str | None, **headers: str) -> Case:
    """A refusal in a server's own way, and the words that are found in it."""
    named = {header.replace("_", "-"): value for header, value in headers.items()}
    return Case(name, one_call(not_made(respond(418, body, named))), fails(StatusError, billed="no", message=message))


def redirect(status: int, *, is_loop: bool = False) -> Case:
    """A redirect, to another origin or back to where it came from."""
    name = f"{status} in a loop" if is_loop else f"{status} to another origin"
    return Case(name, redirected(status, is_loop=is_loop), fails(RedirectError, billed="no"))


def wall(concurrency: int) -> Case:
    """Fifty calls into a wall."""
    required = fails(ServerError, billed="no", posts=range(50, 71))
    return Case(f"{concurrency} at once", wall_of_503(concurrency), required)
