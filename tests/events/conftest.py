"""A client that gives events."""

from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.support.generation import generated
from tools.paths import ROOT

DOCUMENT = ROOT / "tests" / "documents" / "events.yaml"


@pytest.fixture(scope="session")
def gazette(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of a document whose operations give events. Its waits take no time."""
    with generated(DOCUMENT, tmp_path_factory.mktemp("events"), "gazette") as package:
        yield package
