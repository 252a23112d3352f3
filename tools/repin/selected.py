"""A plugin for pytest that runs some of the tests: those whose ids a file lists, a line for each."""

import os
from pathlib import Path

import pytest

VARIABLE = "REPIN_TESTS"
"""The environment variable that names the file."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the other tests."""
    listed = set(Path(os.environ[VARIABLE]).read_text(encoding="utf-8").split("\n"))
    items[:] = [item for item in items if item.nodeid in listed]
