"""What the fault tests share."""

from pathlib import Path

import pytest
import trustme

from tests.faults.scenes.connecting import authority


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of an authority that vouches for nobody here."""
    path = tmp_path_factory.mktemp("certificates") / "other.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, other_authority: Path) -> None:
    """Keep proxies out of the way, and have clients trust one authority, as reading a system's list takes its time."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("SSL_CERT_FILE", str(other_authority))


@pytest.fixture
def trusted(environment: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have clients trust the fault server's certificate."""
    certificate = tmp_path / "authority.pem"
    authority().cert_pem.write_to_path(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
