"""LiteLLM's proxy, with a pass-through endpoint to the reference server."""

import json
from collections.abc import Mapping

from tests.interop.installs import PyPI
from tests.interop.recipes import HOST, Recipe, Stage, free_port
from tests.interop.scenes import KEY, LOST, USUAL_SCENES, Place, Scene, draw

MASTER_KEY = "sk-of-the-gateway"


async def start(stage: Stage) -> Mapping[str, Place]:
    """Start it."""
    endpoints = [
        {
            "path": f"{path}/images/variations",
            "target": f"{target}/images/variations",
            "headers": {"Authorization": f"Bearer {KEY}"},
        }
        for path, target in (("/v1", stage.upstream), ("/lossy", stage.behind.lossy.base_url))
    ]
    settings = {"general_settings": {"master_key": MASTER_KEY, "pass_through_endpoints": endpoints}}
    config = stage.scratch / "config.yaml"
    config.write_text(json.dumps(settings), encoding="utf-8")
    port = free_port()
    litellm = [stage.installed / "bin/python", stage.installed / "bin/litellm"]
    options = ["--config", str(config), "--host", HOST, "--port", str(port), "--telemetry", "False"]
    await stage.start(*litellm, *options, port=port, seconds=120, LITELLM_LOCAL_MODEL_COST_MAP="True")
    return {
        "api": Place(f"http://{HOST}:{port}/v1", {"api_key": MASTER_KEY}),
        "lossy": Place(f"http://{HOST}:{port}/lossy", {"api_key": MASTER_KEY}),
    }


RECIPE = Recipe(
    name="litellm",
    title="LiteLLM",
    what="a gateway; with a pass-through endpoint, for it has no `/images/variations` of its own",
    works="yes",
    install=PyPI("litellm", "litellm"),
    start=start,
    is_quick=False,
    scenes=(
        *USUAL_SCENES,
        Scene("a wrong key", draw(), "BadRequestError 400, billed: no", options={"api_key": "wrong"}),
        Scene(LOST, draw(), "GatewayError 500, billed: unknown", "lossy"),
    ),
    quirks=(
        'Without a database it responds to a wrong key with 400 ("No connected db."), so it is a `BadRequestError`.',
        "If it loses the server during a call, it sends a 500 in the API's shape, with the status as a string for a "
        "`code`. By that the client knows that it is LiteLLM's own, and does not repeat the call.",
    ),
)
