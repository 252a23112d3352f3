"""Portkey's gateway, in front of the reference server."""

from collections.abc import Mapping
from pathlib import Path

from tests.interop.installs import Npm
from tests.interop.recipes import HOST, Recipe, Stage, free_port
from tests.interop.scenes import KEY, LOST, USUAL_SCENES, WRONG_KEY, Place, Scene, draw


async def start(stage: Stage) -> Mapping[str, Place]:
    """Start it."""
    port = free_port()
    gateway = stage.installed / "node_modules/@portkey-ai/gateway/build/start-server.js"
    preload = f"--require={Path(__file__).parent / 'loopback.cjs'}"
    await stage.start("node", preload, gateway, "--headless", f"--port={port}", port=port)

    def place(host: str) -> Place:
        headers = {"x-portkey-provider": "openai", "x-portkey-custom-host": host}
        return Place(f"http://{HOST}:{port}/v1", {"api_key": KEY, "headers": headers})

    return {"api": place(stage.upstream), "lossy": place(stage.behind.lossy.base_url)}


RECIPE = Recipe(
    name="portkey",
    title="Portkey gateway",
    what="a gateway",
    works="yes",
    install=Npm("portkey", "@portkey-ai/gateway"),
    start=start,
    scenes=(
        *USUAL_SCENES,
        WRONG_KEY,
        Scene("an unknown provider", draw(headers={"x-portkey-provider": "nobody"}), "BadRequestError 400, billed: no"),
        Scene(LOST, draw(), "GatewayError 500, billed: unknown", "lossy"),
    ),
    quirks=(
        'Each call needs its headers: `Client(headers={"x-portkey-provider": ..., "x-portkey-custom-host": ...})`.',
        "It refuses chunked uploads with a 500. The client sends none.",
    ),
)

NEWER = Recipe(
    name="portkey-1.15",
    title="Portkey gateway 1.15",
    what="the same gateway, in a newer version",
    works="no",
    install=Npm("portkey-1.15", "@portkey-ai/gateway"),
    start=start,
    scenes=(Scene("an image", draw(), "GatewayError 500, billed: unknown"), WRONG_KEY),
    quirks=(
        "It turns each success into a 500 of its own after the images were made. Such a call is billed `unknown` and "
        "not repeated. Stay at 1.9.",
    ),
)
