"""aimock, a mock of many vendors' APIs; by itself, and in front of the reference server."""

import base64
import json
from collections.abc import Mapping

from tests.interop.installs import Npm
from tests.interop.recipes import HOST, Recipe, Stage, free_port
from tests.interop.scenes import IMAGE, KEY, Options, Place, Scene, draw, stream

_ERROR = {"message": "Too many otters.", "type": "rate_limit_error", "code": "rate_limit_exceeded"}

FIXTURES = {
    "fixtures": [
        {"match": {"model": "otter"}, "response": {"images": [{"b64Json": base64.b64encode(IMAGE).decode()}] * 2}},
        {"match": {"model": "busy", "endpoint": "image"}, "response": {"error": _ERROR, "status": 429}},
    ]
}
"""Responses by the model that is asked for."""


async def start(stage: Stage) -> Mapping[str, Place]:
    """Start it by itself, and as a proxy."""
    aimock = stage.installed / "node_modules/.bin/llmock"
    mock, proxy = free_port(), free_port()
    fixtures = stage.scratch / "fixtures.json"
    fixtures.write_text(json.dumps(FIXTURES), encoding="utf-8")
    options = ["-h", HOST, "-f", str(fixtures)]
    await stage.start(aimock, *options, "-p", str(mock), port=mock)
    behind = ["--proxy-only", "--provider-openai", stage.upstream_origin]
    await stage.start(aimock, *options, "-p", str(proxy), *behind, port=proxy)
    return {
        "mock": Place(f"http://{HOST}:{mock}/v1", {"api_key": KEY}),
        "proxy": Place(f"http://{HOST}:{proxy}/v1", {"api_key": KEY}),
    }


RECIPE = Recipe(
    name="aimock",
    title="aimock",
    what="a mock of many vendors' APIs; as a proxy it passes on what it has no fixture for",
    works="as a mock",
    install=Npm("aimock", "@copilotkit/aimock"),
    start=start,
    scenes=(
        Scene("a fixture of two images", draw(model="otter"), "2 PNG images", "mock"),
        Scene("the same, as they arrive", stream(n=2, model="otter"), "2 PNG images", "mock"),
        Scene(
            "a fixture of an error",
            draw(model="busy"),
            "RateLimitError 429, billed: no, repeated",
            "mock",
            Options(max_retries=1),
        ),
        Scene("no fixture", draw(model="seal"), "NotFoundError 404, billed: no", "mock"),
        Scene(
            "as a proxy: an image",
            draw(model="seal"),
            "ServerError 502, billed: no, repeated, but the image arrived changed",
            "proxy",
            Options(max_retries=1),
        ),
    ),
    quirks=(
        "It responds from fixtures, which match by `model`; without one it sends OpenAI's own 404.",
        "As a proxy it reads a form as text, so the image that arrives behind it is broken. Each refusal of the server "
        "behind it becomes a 502.",
    ),
)
