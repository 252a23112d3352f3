"""Calls that vcrpy recorded once, and plays again without a network."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Literal, Protocol, cast

import pytest
from image_variations import Client, create_image_variation, fetch_image
from image_variations.testing import FakeImages
from image_variations.transports import over_httpx


class Recorder(Protocol):
    """What is used of vcrpy's `VCR`, whose package has no types."""

    def use_cassette(self, path: str) -> AbstractContextManager[object]:
        """Record calls into a file, or play those that it has."""
        ...


class NewRecorder(Protocol):
    """The class `VCR`."""

    def __call__(self, *, record_mode: str, match_on: Sequence[str], filter_headers: Sequence[str]) -> Recorder:
        """Make one."""
        ...


VCR = cast(NewRecorder, import_module("vcr").VCR)


@pytest.mark.parametrize("is_over_httpx", [True, False], ids=["over_httpx", "default"])
@pytest.mark.parametrize("form", ["url", "b64_json"])
async def test_a_recorded_call_is_played_without_a_network(
    form: Literal["url", "b64_json"], is_over_httpx: bool, png: bytes, tmp_path: Path
) -> None:
    """The call and its downloads, over either transport; the same arguments are the same bytes. The key is not kept."""
    recorder = VCR(record_mode="once", match_on=["method", "uri", "body"], filter_headers=["authorization"])
    cassette = tmp_path / "calls.yaml"

    async def vary(base_url: str) -> list[bytes]:
        transport = over_httpx() if is_over_httpx else None
        with recorder.use_cassette(str(cassette)):
            async with Client(base_url=base_url, api_key="sk-secret", transport=transport) as client:
                response = await create_image_variation(client, image=png, n=2, response_format=form)
                return [await fetch_image(client, item) for item in response.data]

    with FakeImages().serving() as fake:
        base_url = fake.base_url
        recorded = await vary(base_url)
    assert await vary(base_url) == recorded  # nobody listens there any more
    assert len(fake.requests) == 1
    assert "sk-secret" not in cassette.read_text()
