"""Prism: a mock of the pin, and in front of the reference server a proxy that holds both sides to the pin."""

import base64
import json
from collections.abc import Mapping

from tests.interop.installs import Npm
from tests.interop.recipes import HOST, Recipe, Stage, free_port
from tests.interop.scenes import IMAGE, KEY, Act, Options, Place, Scene, draw
from tools.openapi.document import load, resolve
from tools.paths import ROOT


def mockable_pin() -> str:
    """Return the pin as Prism needs it: with the schema of its form in place, and an image to respond with."""
    pin = load(ROOT / "openapi.yaml")
    form = {"$ref": "#/components/schemas/CreateImageVariationRequest"}
    response = {"schema": {"$ref": "#/components/schemas/ImagesResponse"}}
    example = {"created": 1, "data": [{"b64_json": base64.b64encode(IMAGE).decode()}]}
    text = json.dumps(pin)
    for old, new in ((form, resolve(pin, form)), (response, {**response, "example": example})):
        assert text.count(json.dumps(old)) == 1
        text = text.replace(json.dumps(old), json.dumps(new))
    return text


async def start(stage: Stage) -> Mapping[str, Place]:
    """Start both."""
    document = stage.scratch / "openapi.json"
    document.write_text(mockable_pin(), encoding="utf-8")
    prism = stage.installed / "node_modules/.bin/prism"
    mock, proxy = free_port(), free_port()
    await stage.start(prism, "mock", document, "-h", HOST, "-p", str(mock), port=mock)
    await stage.start(prism, "proxy", document, stage.upstream, "--errors", "-h", HOST, "-p", str(proxy), port=proxy)
    return {
        "mock": Place(f"http://{HOST}:{mock}", {"api_key": KEY}),
        "proxy": Place(f"http://{HOST}:{proxy}", {"api_key": KEY}),
    }


def prefer(status: int) -> Act:
    """Make a call that asks for a status."""
    return draw(headers={"Prefer": f"code={status}"})


_INVALID = "UnprocessableEntityError 422, billed: no"
_ONE_MORE = Options(max_retries=1)

RECIPE = Recipe(
    name="prism",
    title="Prism",
    what="a mock of an OpenAPI document; as a proxy it checks requests and responses against one",
    works="as a mock",
    install=Npm("prism", "@stoplight/prism-cli"),
    start=start,
    scenes=(
        Scene("an example image of the document", draw(), "1 PNG image", "mock"),
        Scene("no key", draw(), "AuthenticationError 401, billed: no", "mock", {"api_key": None}),
        Scene("`n=11`", draw(n=11), _INVALID, "mock", {"validate": False}),
        Scene("`Prefer: code=429`", prefer(429), "RateLimitError 429, billed: no, repeated", "mock", _ONE_MORE),
        Scene("`Prefer: code=503`", prefer(503), "ServerError 503, billed: no, repeated", "mock", _ONE_MORE),
        Scene(
            "as a proxy: an image",
            draw(),
            "BadRequestError 400, billed: no, but the image arrived changed",
            "proxy",
        ),
        Scene("as a proxy: `n=11`", draw(n=11), _INVALID, "proxy", {"validate": False}),
    ),
    quirks=(
        "It checks no field of a form if the form's schema is a `$ref`: put the schema in its place.",
        'An image needs an `example` in the document; without one `b64_json` is the word "string".',
        "Its routes begin at the root: the `base_url` has no `/v1`.",
        "As a proxy it reads a form as text, so the image that arrives behind it is broken.",
    ),
)
