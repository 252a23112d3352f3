"""The contracts of imports in `pyproject.toml`: they hold, and they fail when an import is turned round."""

import shutil
from pathlib import Path

import pytest

from tests.support.sampling import slow
from tools.check.imports import broken_contracts
from tools.paths import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the tools, of the client, and of their contracts."""
    for name in ("tools", "generated", "cli"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold(checkout: Path) -> None:
    """The tools as they are keep to them."""
    assert broken_contracts(checkout) == []


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        slow("paths", "tools.openapi.media", "import one way"),
        ("openapi/media", "tools.compare.kinds", "import one way"),
        slow("openapi/media", "tools.generate.prose", "import one way"),
        slow("package/errors", "tools.vendor.patches", "import one way"),
        slow("compare/kinds", "tools.generate.prose", "import one way"),
        slow("compare/kinds", "tools.pin.changelog", "import one way"),
        slow("generate/prose", "tools.diff.documents", "import one way"),
        slow("pin/changelog", "tools.diff.documents", "import one way"),
        ("compare/kinds", "tools.compare.report", "in a circle"),
        ("vendor/patches", "attrs", "the standard library alone"),
        slow("package/errors", "yaml", "the standard library alone"),
    ],
)
def test_an_import_that_is_turned_round_breaks_a_contract(
    checkout: Path, module: str, imported: str, contract: str
) -> None:
    """What a layer may not import is named, with the contract that forbids it."""
    path = checkout / "tools" / f"{module}.py"
    path.write_text(f"{path.read_text()}\nimport {imported}\n")
    [complaint] = broken_contracts(checkout)
    assert complaint.startswith(f"{checkout / 'pyproject.toml'}: ")
    assert any(contract in line for line in complaint.splitlines() if line.endswith(" BROKEN"))


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        slow("errors", "call.policy"),
        slow("settings", "request.headers"),
        ("request/operation", "response.readers"),
        slow("request/build", "connection.decoding"),
        slow("connection/decoding", "response.values"),
        slow("response/readers", "call.policy"),
        slow("call/shared", "client"),
        ("client", "images.download"),
    ],
)
def test_a_room_that_imports_the_wrong_way_breaks_the_contract(checkout: Path, module: str, imported: str) -> None:
    """Ground, request, connection, response, call, client, images: none knows those after it."""
    path = checkout / "generated" / "image_variations" / "_runtime" / f"{module}.py"
    path.write_text(f"{path.read_text()}\nimport image_variations._runtime.{imported}\n")
    [complaint] = broken_contracts(checkout)
    assert "The rooms of _runtime import one way BROKEN" in complaint


def test_a_program_without_a_layer_breaks_the_contract(checkout: Path) -> None:
    """A package that is new in tools/ has to be given its place."""
    (checkout / "tools" / "extra").mkdir()
    (checkout / "tools" / "extra" / "__init__.py").touch()
    [complaint] = broken_contracts(checkout)
    assert "extra" in complaint
