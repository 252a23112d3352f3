"""Servers that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.machines.s3 import S3Server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An S3 server, on a port of its own."""
    with S3Server.running() as server:
        yield server


@pytest.fixture
def bucket(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty bucket of that server, which the environment names as users name theirs."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    return s3.make_bucket()
