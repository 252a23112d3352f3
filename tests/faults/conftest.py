"""What the fault tests share."""

from pathlib import Path

import pytest

from tests.faults.scenes.connecting import authority


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a proxy that the environment names out of the way to the fault server."""
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have clients trust the fault server's certificate."""
    certificate = tmp_path / "authority.pem"
    authority().cert_pem.write_to_path(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
