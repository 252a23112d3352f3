"""Some answers that no server should send; `make fuzz` plays twenty thousand."""

import re
import subprocess
import sys

import pytest
from image_variations import (
    BadRequestError,
    ConnectionLostError,
    Image,
    ImagesResponse,
    ImageVariationsError,
    ResponseError,
)

from tests.fuzz.responses import Case, Maker, complaint_about, run
from tests.support.sampling import slow

KEY = "sk-of-the-fuzz"
GOOD = Case(200, "answer", (), b'{"data": [{"url": "x"}, 7, {"b64_json": "y", "url": 7}]}', 100)
BAD = Case(200, "answer", (), b'{"data": [{"url": ""}]}', 100)
REFUSED = Case(400, "error", (), b"{}", 100)


@pytest.mark.parametrize("count", [200, slow(1000)])
async def test_answers_end_as_they_must(count: int) -> None:
    """Each usable image is returned, and everything else is an error of the right kind."""
    outcomes, finding = await run(2026, range(count))
    assert finding is None
    assert outcomes.total() == count
    assert outcomes["ImagesResponse"] > count / 10
    assert outcomes["ResponseError"] > count / 10


def test_a_case_is_made_of_its_seed_and_number_alone() -> None:
    """What was found can be found again, whatever was played before it."""
    again = Maker(1, KEY)
    again.case(3)
    assert repr(again.case(7)) == repr(Maker(1, KEY).case(7))
    assert repr(again.case(7)) != repr(Maker(2, KEY).case(7))


def leaking() -> ImageVariationsError:
    """An error that holds the key where only a pickle shows it."""
    error = BadRequestError("HTTP 400", status_code=400)
    error.param = KEY
    return error


@pytest.mark.parametrize(
    ("case", "outcome", "complaint"),
    [
        (GOOD, ImagesResponse(data=[Image(url="x"), Image(b64_json="y")]), None),
        (GOOD, ImagesResponse(data=[Image(url="x")]), "gave .* and not"),
        (GOOD, ResponseError("lost", status_code=200), "raised ResponseError.* and not"),
        (BAD, ResponseError("HTTP 200", status_code=200), None),
        (BAD, ImagesResponse(data=[Image(url="")]), "gave .* and not"),
        (BAD, ValueError("raw"), "which is not an ImageVariationsError"),
        (REFUSED, BadRequestError("HTTP 400", status_code=400), None),
        (REFUSED, ConnectionLostError("HTTP 400"), "raised ConnectionLostError.* and not"),
        (REFUSED, BadRequestError("x" * 3000, status_code=400), "a message of 3000 characters"),
        (REFUSED, BadRequestError("a\nb", status_code=400), "cannot be printed"),
        (REFUSED, BadRequestError(f"sent {KEY}", status_code=400), "holds the key"),
        (REFUSED, leaking(), "holds the key"),
    ],
)
def test_the_oracle_notices(case: Case, outcome: ImagesResponse | Exception, complaint: str | None) -> None:
    """An image that is lost or made up, an error of another kind, and one that cannot be shown are all found."""
    found = complaint_about(case, outcome, KEY)
    assert found is None if complaint is None else found is not None and re.search(complaint, found)


def test_the_command_counts_outcomes() -> None:
    """`python -m tests.fuzz` prints how often each outcome came, and its seed."""
    command = [sys.executable, "-m", "tests.fuzz", "answers", "--cases", "30", "--seed", "5"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert re.search(r"^ +\d+ ResponseError$", output, re.MULTILINE)
    assert re.search(r"^ +30 answers of seed 5 in \d+\.\d s$", output, re.MULTILINE)
