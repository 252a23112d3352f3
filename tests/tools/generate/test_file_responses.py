"""Functions for responses that are files: which operations have them, and what they are called."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import pytest

from tests.support.generation import COMMITTED
from tests.support.kinds import client_of, document, pinned
from tools.generate.view import view_of
from tools.openapi.document import parse_document


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document."""
    with client_of(document("files"), tmp_path_factory.mktemp("files"), "file_names") as module:
        yield module


@pytest.mark.parametrize(
    ("function", "streams", "saves"),
    [
        pytest.param("create_speech", "create_speech_stream", "create_speech_file", id="nothing else"),
        pytest.param("get_video", "get_video_stream", "get_video_file", id="JSON beside it, and in another status"),
        pytest.param("get", "get_stream_2", "get_file_2", id="names of other operations"),
        pytest.param("get_file", "get_file_stream", "get_file_file_2", id="a name of its own for another body"),
        pytest.param("get_file_file", "get_file_file_stream", "get_file_file_file", id="that other body"),
    ],
)
def test_an_operation_that_returns_a_file_has_functions_for_it(
    package: ModuleType, function: str, streams: str, saves: str
) -> None:
    """They take the keywords of the operation, and exports, stubs and documentation know them."""
    keywords = set(inspect.signature(getattr(package, function)).parameters)
    assert set(inspect.signature(getattr(package, streams)).parameters) == keywords
    [*_, path, overwrite] = sorted(set(inspect.signature(getattr(package, saves)).parameters) - keywords, reverse=True)
    assert (path.rstrip("_"), overwrite) == ("path", "overwrite")
    assert get_type_hints(getattr(package, saves))["return"] is Path
    assert f"Like `{function}`, but save the file" in str(inspect.getdoc(getattr(package, saves)))
    stub = Path(str(package.__file__)).with_suffix(".pyi").read_text(encoding="utf-8")
    for name in (streams, saves, "StreamedFile"):
        assert name in package.__all__
        assert f"import {name} as {name}" in stub


def test_no_other_operation_has_them(package: ModuleType) -> None:
    """Text is a string, and a HEAD has no body."""
    assert [name for name in package.__all__ if name.startswith(("get_stream", "has_video"))] == [
        *("get_stream", "get_stream_2", "get_stream_detailed", "has_video", "has_video_detailed")
    ]


def test_a_client_without_them_has_no_module_for_them() -> None:
    """Only what is used is copied: the pin's client is what it was."""
    assert not (COMMITTED / "_runtime" / "files").exists()
    assert "StreamedFile" not in (COMMITTED / "types.py").read_text(encoding="utf-8")


def test_what_is_had_as_a_file_is_not_said_to_be_left_out() -> None:
    """No note names a binary media type beside JSON."""
    assert view_of(parse_document(pinned(document("files")).text, "files.yaml")).notes == ()
