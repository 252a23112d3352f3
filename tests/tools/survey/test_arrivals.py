"""What arrived at the server of a round trip: the survey sees each difference from what was passed."""

import pytest

from tools.survey.arrivals import Arrival, TripError, check_pairs, check_path, normal, plain

ARRIVAL = Arrival("POST /v1/values/a%20b?limit=-3&tag=x&tag=y HTTP/1.1\r\nX-Ratio: 1.5\r\n\r\n")


def test_what_was_passed_is_found_in_path_query_and_headers() -> None:
    """Texts are decoded, and numbers and booleans compared as such."""
    check_path(ARRIVAL, "/v1", "/values/{name}", {"name": "a b"})
    check_pairs("the query", ARRIVAL.query, {"limit": -3, "tag": ["x", "y"], "absent": None, "none": []})
    check_pairs("the header section", [("X-Ratio", ARRIVAL.header("x-ratio"))], {"X-Ratio": 1.5})


@pytest.mark.parametrize(
    ("passed", "complaint"),
    [
        ({"limit": 3}, 'the query has "-3" for limit, and 3 was passed'),
        ({"tag": ["x"]}, 'the query has 2 of tag, and ["x"] was passed'),
        ({"tag": ["x", "z"]}, 'the query has "y" for tag, and "z" was passed'),
        ({"more": 1}, "the query has 0 of more, and 1 was passed"),
    ],
)
def test_a_value_that_was_changed_or_lost_is_named(passed: dict[str, object], complaint: str) -> None:
    """The complaint says where it should be, what is there and what was passed."""
    with pytest.raises(TripError) as error:
        check_pairs("the query", ARRIVAL.query, passed)
    assert str(error.value) == complaint


def test_a_path_that_lacks_a_value_is_named() -> None:
    """So is one that is another path."""
    with pytest.raises(TripError, match="the path has a%20b for name"):
        check_path(ARRIVAL, "/v1", "/values/{name}", {"name": "a"})
    with pytest.raises(TripError, match="the path is /v1/values/a%20b"):
        check_path(ARRIVAL, "/v1", "/others/{name}", {"name": "a b"})


def test_the_parts_of_a_form_are_compared_by_content() -> None:
    """A part that is there by its name alone is not what was passed."""
    lines = ["--b", 'Content-Disposition: form-data; name="file"; filename="a"', "", "bytes", "--b--", ""]
    arrival = Arrival(
        "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n", "\r\n".join(lines).encode()
    )
    check_pairs("the body", arrival.parts(), {"file": b"bytes"})
    with pytest.raises(TripError):
        check_pairs("the body", arrival.parts(), {"file": b"others"})


def test_values_are_compared_as_what_they_mean() -> None:
    """Date-times are instants and numbers numbers; nulls and empty arrays are absent, but null items are not."""
    assert normal({"a": None, "b": [], "c": 1}) == normal({"c": 1.0})
    assert normal("2026-01-02T04:04:05+01:00") == normal("2026-01-02T03:04:05Z")
    assert normal([1, None]) != normal([1])
    assert normal(True) != normal(1)
    assert normal("Text") == "Text"
    assert plain({"a": [b"x"]}) == {"a": [b"x"]}


def test_a_path_is_compared_as_a_url_has_it() -> None:
    """What a URL cannot hold is encoded, also where it is no value."""
    arrival = Arrival("GET /v1/values/%3Cid%3E/a%20b HTTP/1.1\r\n\r\n")
    check_path(arrival, "/v1", "/values/<id>/{name}", {"name": "a b"})
