"""Servers that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.machines.s3 import S3Server
from tests.reference_server import ReferenceServer
from tests.support.background import in_background


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3 server, on a port of its own."""
    with S3Server.running() as server:
        yield server


@pytest.fixture
def bucket(s3: S3Server) -> Iterator[str]:
    """The URL of an empty bucket of that server, which the environment names."""
    with s3.named():
        yield s3.make_bucket()


@pytest.fixture(scope="session")
def served() -> Iterator[ReferenceServer]:
    """A reference server for commands, which know nothing of its event loop."""
    with in_background(ReferenceServer()) as server:
        yield server
