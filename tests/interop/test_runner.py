"""A recipe is installed, played and compared, and its server is stopped, however that ends."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from attrs import field, frozen
from image_variations import Client, ImageVariationsError, create_image_variation

from tests.interop.__main__ import describe
from tests.interop.endless import SERVER, Install
from tests.interop.installs import LockError, NotInstalledError
from tests.interop.processes import find_marked
from tests.interop.recipes import Recipe, Stage, free_port
from tests.interop.runner import run_recipe
from tests.interop.scenes import IMAGE, Behind, Place, Scene, draw, observe
from tests.interop.test_processes import STUBBORN, needs_proc
from tests.support.sampling import slow
from tools.paths import ROOT

WORKS = Scene("a call", draw(), "1 PNG image")


async def lead_upstream(stage: Stage) -> Mapping[str, Place]:
    """Start nothing: clients are led to the reference server itself."""
    return {"api": Place(stage.upstream, {"api_key": stage.behind.upstream.api_key})}


def recipe(
    *scenes: Scene,
    start: Callable[[Stage], Awaitable[Mapping[str, Place]]] = lead_upstream,
    install: "Install | Failing | None" = None,
) -> Recipe:
    """A recipe of a server that needs no installing, if nothing else is said."""
    return Recipe(
        name=".",
        title="Otter",
        what="a server",
        works="yes",
        install=install or Install(ends=True),
        start=start,
        scenes=scenes,
    )


@frozen
class Failing:
    """An install that fails."""

    error: Exception = field()
    version: str = "1"

    async def install(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Fail."""
        raise self.error


async def test_a_scene_is_played_over_every_transport(tmp_path: Path) -> None:
    """The result has what was seen over each of them."""
    result = await run_recipe(recipe(WORKS), tmp_path)
    assert [(sight.transport, sight.seen) for sight in result.sights] == [
        ("default", "1 PNG image"),
        ("over_httpx", "1 PNG image"),
        ("over_aiohttp", "1 PNG image"),
        ("pyreqwest", "1 PNG image"),
    ]
    assert describe(result).startswith("ok . 1: 4 scenes, ")


async def test_what_is_not_expected_is_named(tmp_path: Path) -> None:
    """A complaint says which scene, over which transport, and both outcomes."""
    refused = Scene("no key", draw(), "1 PNG image", options={"api_key": "wrong"}, transports=("default",))
    result = await run_recipe(recipe(refused), tmp_path)
    complaint = "no key, over default: expected 1 PNG image; was AuthenticationError 401, billed: no"
    assert result.complaints == [complaint]
    assert describe(result).splitlines()[1] == f"  {complaint}"


def test_what_comes_by_chance_may_be_either() -> None:
    """Of two outcomes that a recipe names, each is expected; over a transport with its own, that one alone."""
    scene = Scene("a call", draw(), "lost or refused", unlike={"pyreqwest": "nothing"})
    assert [scene.is_expected("default", seen) for seen in ("lost", "refused", "nothing")] == [True, True, False]
    assert [scene.is_expected("pyreqwest", seen) for seen in ("lost", "refused", "nothing")] == [False, False, True]


async def test_a_server_that_cannot_be_installed_is_skipped(tmp_path: Path) -> None:
    """That is said, and is no failure."""
    result = await run_recipe(recipe(WORKS, install=Failing(NotInstalledError("npm is needed"))), tmp_path)
    assert (result.skipped, result.complaints, result.sights) == ("npm is needed", [], ())
    assert describe(result) == "SKIPPED .: npm is needed"


async def test_a_package_that_is_not_what_the_lock_has_is_a_failure(tmp_path: Path) -> None:
    """Somebody may have changed it."""
    result = await run_recipe(recipe(WORKS, install=Failing(LockError("hash mismatch"))), tmp_path)
    assert (result.skipped, result.complaints) == ("", ["hash mismatch"])


async def test_a_server_that_does_not_start_is_a_failure(tmp_path: Path) -> None:
    """It is said with what the server said last."""

    async def start(stage: Stage) -> Mapping[str, Place]:
        await stage.start(sys.executable, "-c", "raise SystemExit('no such option')", port=free_port())
        return {}

    [complaint] = (await run_recipe(recipe(WORKS, start=start), tmp_path)).complaints
    assert complaint.endswith("ended with status 1 before it was ready; it said last: no such option")


@needs_proc
async def test_a_server_that_leaves_a_process_behind_is_a_failure(tmp_path: Path) -> None:
    """The process is named, and killed."""
    daemon = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}], start_new_session=True)"

    async def start(stage: Stage) -> Mapping[str, Place]:
        port = free_port()
        await stage.start(sys.executable, "-c", f"{daemon}\n{SERVER}", str(port), port=port)
        return await lead_upstream(stage)

    [complaint] = (await run_recipe(recipe(WORKS, start=start), tmp_path)).complaints
    assert complaint.startswith("left processes behind: ")


async def test_a_recipe_that_takes_too_long_is_a_failure(tmp_path: Path) -> None:
    """Its server is stopped, and the others have their turn."""

    async def start(stage: Stage) -> Mapping[str, Place]:
        await stage.start(sys.executable, "-c", SERVER, str(free_port()), port=free_port())
        return {}

    result = await run_recipe(recipe(WORKS, start=start), tmp_path, max_seconds=0.5)
    assert result.complaints == ["was not over after 0.5 s"]


async def test_an_image_that_arrives_changed_is_noticed(tmp_path: Path) -> None:
    """What a server in between does to an upload shows in the outcome."""

    async def call(client: Client) -> str:
        await create_image_variation(client, image=IMAGE)
        return "1 PNG image"

    async def act(client: Client, behind: Behind) -> str:
        return await observe(call(client), behind, image=IMAGE + b"more")

    scene = Scene("a call", act, "1 PNG image, but the image arrived changed", transports=("default",))
    assert (await run_recipe(recipe(scene), tmp_path)).complaints == []


async def test_a_server_that_repeats_requests_by_itself_is_noticed(tmp_path: Path) -> None:
    """The server that is lost counts the requests of a call."""

    async def start(stage: Stage) -> Mapping[str, Place]:
        return {"api": Place(stage.behind.lossy.base_url)}

    async def call_twice(client: Client) -> str:
        for _ in range(2):
            with suppress(ImageVariationsError):
                await create_image_variation(client, image=IMAGE)
        return "nothing"

    async def act(client: Client, behind: Behind) -> str:
        return await observe(call_twice(client), behind, IMAGE)

    scene = Scene("a call", act, "nothing, but 2 requests arrived", transports=("default",))
    assert (await run_recipe(recipe(scene, start=start), tmp_path)).complaints == []


@needs_proc
@pytest.mark.parametrize(
    ("phase", "line", "numbers"),
    [
        ("play", "playing", (signal.SIGINT, signal.SIGINT)),
        slow("play", "playing", (signal.SIGTERM,)),
        slow("play", "playing", (signal.SIGHUP,)),
        ("install", "installing", (signal.SIGINT,)),
    ],
    ids=["Ctrl-C twice", "SIGTERM", "SIGHUP", "Ctrl-C while it installs"],
)
def test_an_interrupted_run_leaves_no_process(
    tmp_path: Path, phase: str, line: str, numbers: tuple[signal.Signals, ...]
) -> None:
    """Neither the server nor what the server started, nor an installer."""
    entry = f"INTEROP_TEST={secrets.token_hex(8)}"
    name, _, value = entry.partition("=")
    command = [sys.executable, "-m", "tests.interop.endless", phase, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, name: value}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdout
        assert running.stdout.readline() == f"{line}\n"
        assert len(find_marked(entry)) >= 2
        for number in numbers:
            running.send_signal(number)
        assert running.wait(60) == numbers[0]
    assert find_marked(entry) == {}
