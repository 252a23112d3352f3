"""The fault matrix itself: that it is whole, that it can fail, and that it can be read."""

import importlib
import pkgutil
from pathlib import Path

import pytest
from attrs import evolve
from image_variations import ConnectionLostError, ResponseError

import tests.faults
from tests.faults import matrix
from tests.faults.callers import Outcome
from tests.faults.covering import covered
from tests.faults.observation import Observation, fails, succeeds
from tests.faults.rows import ROWS

LOST = Observation(Outcome(ConnectionLostError("reset"), "unknown"), posts=1, made=1, tries=1, waits=(0.5,))
REQUIRED = evolve(fails(ConnectionLostError, billed="unknown", tries=1), waits=(0.5,))


def test_every_row_has_one_test() -> None:
    """There are 53 rows, and a test for each."""
    for module in pkgutil.iter_modules([str(Path(tests.faults.__file__).parent)]):
        if module.name.startswith("test_"):
            importlib.import_module(f"tests.faults.{module.name}")
    assert [row.number for row in ROWS] == list(range(1, 54))
    assert sorted(covered) == list(range(1, 54))


def test_what_is_as_required_is_no_violation() -> None:
    """The outcome, the bill, the POSTs, the tries and the waits are all as they must be."""
    assert REQUIRED.violations(LOST) == []


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (evolve(LOST, outcome=Outcome(ResponseError("no", status_code=200), "unknown")), "the outcome is ResponseErr"),
        (evolve(LOST, outcome=Outcome(billed="unknown", has_image=True)), "the outcome is success"),
        (evolve(LOST, outcome=Outcome(ConnectionLostError("reset"), "no")), "billed is no"),
        (evolve(LOST, posts=2), "2 POSTs came"),
        (evolve(LOST, tries=3), "3 connections were tried"),
        (evolve(LOST, waits=(0.5, 0.5)), "the waits are (0.5, 0.5)"),
        (evolve(LOST, made=2), "the server made 2 images"),
        (evolve(LOST, problems=("it leaks",)), "it leaks"),
    ],
)
def test_whatever_is_not_as_required_is_a_violation(seen: Observation, words: str) -> None:
    """Each single difference is seen, and named."""
    assert any(violation.startswith(words) for violation in REQUIRED.violations(seen))


def test_a_violation_says_what_had_to_be() -> None:
    """Beside what was seen, so that who reads the failure need not look for the row first."""
    seen = evolve(LOST, outcome=Outcome(ResponseError("no", status_code=200), "no"))
    assert REQUIRED.violations(seen) == [
        "the outcome is ResponseError (no), not ConnectionLostError",
        "billed is no, not unknown",
        "billed is no, and the server made an image",
    ]


def test_a_bill_that_the_server_does_not_share_is_a_violation() -> None:
    """Whatever a row asks, "yes" needs an image and "no" forbids one."""
    paid = Observation(Outcome(billed="yes", has_image=True), posts=1)
    free = Observation(Outcome(ResponseError("no", status_code=200), "no"), posts=1, made=1)
    assert succeeds().violations(paid) == ["billed is yes, and the server made no image"]
    assert fails(ResponseError, billed="no").violations(free) == ["billed is no, and the server made an image"]


def test_a_success_without_an_image_is_a_violation() -> None:
    """To return nothing is not a success."""
    seen = Observation(Outcome(billed="yes"), posts=1, made=1)
    assert succeeds().violations(seen) == ["the outcome is success, no image (None), not success"]


# The official SDK warns since the hosted endpoint was retired.
@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_the_matrix_shows_both_clients(capsys: pytest.CaptureFixture[str]) -> None:
    """A line tells the fault, then POSTs, outcome and bill, and what the official SDK did with the same server."""
    assert matrix.main(["--rows", "26"]) == 0
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "26 429 with insufficient_quota 1 QuotaExceededError no pass 3 RateLimitError 0" in printed
    assert printed[-1] == "1 rows hold"


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
def test_the_matrix_fails_with_a_row(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a row does not hold the exit status is 1, and the row is named with what is wrong."""
    [row] = [row for row in ROWS if row.number == 24]
    [case, *_] = row.cases
    wrong = evolve(row, cases=(evolve(case, required=succeeds()),))
    monkeypatch.setattr(matrix, "ROWS", (wrong,))
    assert matrix.main(["--rows", "24"]) == 1
    printed = capsys.readouterr().out
    assert "FAIL" in printed
    assert "row 24, 400, over default: the outcome is BadRequestError" in printed
