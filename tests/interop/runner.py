"""Tries the client against servers: installs, starts, drives and stops each, and compares what was seen."""

import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from attrs import evolve, frozen

from tests.interop.installs import LockError, NotInstalledError
from tests.interop.processes import MARK, ProgramError, kill_marked, neutral_environment
from tests.interop.recipes import Recipe, Stage
from tests.interop.scenes import Behind, Scene
from tests.interop.transports import environment_variables, open_client
from tests.reference_server import ReferenceServer
from tests.support.server import ScriptedServer
from tests.support.turns import HANG_UP
from tools.paths import ROOT

CACHE = ROOT / ".venv-interop"
"""Where servers are installed, each in a folder of its own; `make clean` removes it."""

MAX_SECONDS = 180.0
"""How long starting, trying and stopping a server may take."""


@frozen
class Sight:
    """What was seen of a scene over a transport."""

    scene: Scene
    transport: str
    seen: str

    @property
    def is_expected(self) -> bool:
        """Whether that is what was expected."""
        return self.scene.is_expected(self.transport, self.seen)


@frozen
class Result:
    """What came of a recipe.

    Attributes:
        version: The server's version.
        sights: What was seen.
        skipped: Why it was not tried, if it was not.
        failed: Why it could not be tried to its end.
        seconds: How long it took, without installing it.
    """

    recipe: Recipe
    version: str = ""
    sights: tuple[Sight, ...] = ()
    skipped: str = ""
    failed: str = ""
    seconds: float = 0.0

    @property
    def complaints(self) -> list[str]:
        """What is wrong, a line each."""
        seen = [
            f"{sight.scene.name}, over {sight.transport}: expected {sight.scene.expects(sight.transport)}; "
            f"was {sight.seen}"
            for sight in self.sights
            if not sight.is_expected
        ]
        return [*seen, *([self.failed] if self.failed else [])]


async def run_recipe(recipe: Recipe, cache: Path = CACHE, max_seconds: float = MAX_SECONDS) -> Result:
    """Install a server, start it, try the client against it, and stop it."""
    mark, begun = secrets.token_hex(8), time.monotonic()
    try:
        # Proxies and certificates lead installers to their registry, and servers elsewhere than to this machine.
        await recipe.install.install(cache / recipe.name, {**os.environ, MARK: mark})
        begun = time.monotonic()
        async with asyncio.timeout(max_seconds):
            sights = await _try(recipe, cache / recipe.name, neutral_environment(os.environ, **{MARK: mark}))
        result = Result(recipe, recipe.install.version, sights)
    except NotInstalledError as error:
        result = Result(recipe, skipped=str(error))
    except (LockError, ProgramError) as error:
        result = Result(recipe, failed=str(error))
    except TimeoutError:
        result = Result(recipe, failed=f"was not over after {max_seconds:g} s")
    finally:
        left = kill_marked(mark)
    if left:
        result = evolve(result, failed=f"left processes behind: {'; '.join(left)}")
    return evolve(result, seconds=time.monotonic() - begun)


async def _try(recipe: Recipe, installed: Path, environment: Mapping[str, str]) -> tuple[Sight, ...]:
    """Start a server, play its scenes over each transport, and stop it."""
    sights: list[Sight] = []
    async with AsyncExitStack() as stack, ReferenceServer() as upstream, ScriptedServer(HANG_UP) as lossy:
        behind = Behind(upstream, lossy)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        places = await recipe.start(Stage(installed, scratch, environment, behind, stack))
        for scene in recipe.scenes:
            for transport in scene.transports:
                place = places[scene.place]
                # Some transports read the environment when they are made, others at the first request.
                with environment_variables(place.environment):
                    async with open_client(transport, place, scene.options) as client:
                        sights.append(Sight(scene, transport, await scene.act(client, behind)))
    return tuple(sights)
