"""openai-forward, a forwarding proxy, in front of the reference server."""

import json
from collections.abc import Mapping

from tests.interop.installs import PyPI
from tests.interop.recipes import HOST, Recipe, Stage, free_port
from tests.interop.scenes import KEY, LOST, USUAL_SCENES, WRONG_KEY, Place, Scene, draw


async def start(stage: Stage) -> Mapping[str, Place]:
    """Start it, by uvicorn: its own command listens on every address."""
    port = free_port()
    routes = {"/": stage.upstream_origin, "/lossy": stage.behind.lossy.origin}
    forward = [{"base_url": origin, "route": route, "type": "openai"} for route, origin in routes.items()]
    command = ["-m", "uvicorn", "openai_forward.app:app", "--host", HOST, "--port", str(port)]
    await stage.start(stage.installed / "bin/python", *command, port=port, FORWARD_CONFIG=json.dumps(forward))
    return {
        "api": Place(f"http://{HOST}:{port}/v1", {"api_key": KEY}),
        "lossy": Place(f"http://{HOST}:{port}/lossy/v1", {"api_key": KEY}),
    }


RECIPE = Recipe(
    name="openai-forward",
    title="openai-forward",
    what="a forwarding proxy",
    works="with care",
    install=PyPI("openai-forward", "openai-forward"),
    start=start,
    scenes=(
        *USUAL_SCENES,
        WRONG_KEY,
        Scene(LOST, draw(), "GatewayError 504, billed: unknown, but 4 requests arrived", "lossy"),
    ),
    quirks=(
        "If it loses the server during a call, it repeats the request by itself, three times. So one call may be paid "
        "for four times, and no client can prevent it.",
        "It needs the package pyyaml, which it does not ask for.",
    ),
)
