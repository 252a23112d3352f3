"""Scenes in which a server sends the caller elsewhere."""

from attrs import evolve

from tests.faults.callers import Caller
from tests.faults.observation import Observation
from tests.faults.responses import not_made
from tests.faults.scenes.calls import SMALL, WELL, Scene, seen_by
from tests.support.server import ScriptedServer
from tests.support.turns import Visit, respond


def redirected(status: int, *, is_loop: bool) -> Scene:
    """One call to a server that redirects it, to itself or to a server of another origin."""

    async def scene(caller: Caller) -> Observation:
        async def redirect(visit: Visit) -> None:
            target = here if is_loop else elsewhere
            await respond(status, b"", {"Location": f"{target.base_url}/images/variations"})(visit)

        async with ScriptedServer(WELL) as elsewhere, ScriptedServer(not_made(redirect)) as here:
            async with caller.open(here.base_url) as session:
                outcome = await session.call(SMALL)
            problems = ("the request went to another origin",) if elsewhere.connections else ()
            seen = seen_by(here, session, outcome, problems)
            return evolve(seen, posts=here.posts + elsewhere.posts, made=elsewhere.made)

    return scene
