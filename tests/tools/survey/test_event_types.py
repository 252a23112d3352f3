"""What type checkers have to make of events: the survey holds the client to the document's references."""

from pathlib import Path

import pytest

from tests.support.kinds import FOLDER
from tools.generate.format import format_modules
from tools.openapi.choice import every_operation
from tools.openapi.derive import take_out
from tools.openapi.document import load
from tools.survey import packages
from tools.survey.event_types import classes_of_events, write_event_check
from tools.survey.making import make

EVENTS = load(FOLDER / "events.yaml")


@pytest.mark.parametrize(
    ("operation", "classes"),
    [
        ("drawPicture", ["PicturePartial", "PictureCompleted"]),
        ("chat", ["Chunk"]),
        ("watchScores", ["Goal", "OwnGoal", "Chunk"]),
        ("speak", None),
        ("watchNews", None),
    ],
)
def test_the_classes_of_events_are_those_that_the_document_refers_to(operation: str, classes: list[str] | None) -> None:
    """A schema without a name, and a string, have none to hold the client to."""
    assert classes_of_events(take_out(EVENTS, [operation])[0]) == classes


@pytest.mark.slow
def test_a_function_that_gives_other_events_does_not_type_check(tmp_path: Path) -> None:
    """Mypy and pyright name the package of the operation, and no other."""
    names = {"drawPicture": "right", "watchScores": "wrong"}
    shared = tmp_path / packages.SHARED
    for found in every_operation(EVENTS):
        if package := names.get(found.name):
            made = make(EVENTS, found, shared, package)
            packages.share_runtime(shared / package)
            write_event_check(shared / package, made)
    check = shared / "wrong" / "check_events.py"
    check.write_text(check.read_text().replace("Goal | OwnGoal | Chunk", "Goal | OwnGoal"))
    packages.write_runtime(shared)
    format_modules(shared)
    for errors in (packages.mypy_errors, packages.pyright_errors):
        [(package, error)] = errors(tmp_path, ["right", "wrong"]).items()
        assert (package, error.partition(":")[0]) == ("wrong", "check_events.py")
