# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Fixtures for pytest, over the module `testing`.

An installed client brings them along. For a copy of it, name this module in a `conftest.py`:
`pytest_plugins = ["service.copy.pytest_plugin"]`.

- `fake_images`: a fake, to be passed to a client as its transport.
- `image_variations_server`: the same over a socket, for what makes its client by itself.

A fault of the script that is left over at the end fails the test. pytest loads this module in
every run, so nothing is imported before a fixture needs it.
"""

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator

    from .testing import FakeImages


@pytest.fixture
def fake_images() -> "Generator[FakeImages]":
    """Give a fake of the server, as a transport: `Client(transport=fake_images)`."""
    from .testing import FakeImages

    with FakeImages() as fake:
        yield fake


@pytest.fixture
def image_variations_server() -> "Generator[FakeImages]":
    """Give a fake of the server that serves over a socket, at its `base_url`."""
    from .testing import FakeImages

    with FakeImages().serving() as fake:
        yield fake
