"""Rows 7 and 9 to 23: the request was sent whole; the answer does not come, breaks, or is odd."""

from image_variations import CallTimeoutError, ImagesResponse, ResponseError

from tests.faults.cases import Case
from tests.faults.covering import cases_of
from tests.faults.observation import Observation
from tests.faults.ours import Ours
from tests.faults.responses import BODY, PICTURE
from tests.faults.rows import CUT_AT_ONCE


def images(seen: Observation) -> ImagesResponse:
    """What a call that succeeded returned."""
    answer: object = getattr(seen.outcome.answer, "parsed", None)
    assert isinstance(answer, ImagesResponse)
    return answer


@cases_of(7)
async def test_a_reset_after_the_upload_leaves_the_outcome_unknown(case: Case, caller: Ours) -> None:
    """The server had the whole request, so nobody here knows what it did, and it is not sent again."""
    await case.holds(caller)


@cases_of(9)
async def test_a_server_that_never_answers_ends_with_the_timeout(case: Case, caller: Ours) -> None:
    """Silence after the whole request is a `CallTimeoutError` in time, its bill unknown, and no second POST."""
    await case.holds(caller)


@cases_of(10)
async def test_dripping_headers_do_not_stretch_the_timeout(case: Case, caller: Ours) -> None:
    """Bytes that keep coming do not keep the call alive: without a whole status line the outcome is unknown."""
    await case.holds(caller)


@cases_of(11)
async def test_a_dripping_body_is_kept_as_far_as_it_came(case: Case, caller: Ours) -> None:
    """A success that drips past the timeout was billed, and the error has what there was of it."""
    seen = await case.holds(caller)
    assert isinstance(seen.outcome.error, CallTimeoutError)
    content = seen.outcome.error.content
    assert content
    assert BODY.startswith(content)


@cases_of(12)
async def test_a_body_that_is_cut_is_billed_and_kept(case: Case, caller: Ours) -> None:
    """A success short of its Content-Length was billed: it is not sent again, and what came is in the error."""
    seen = await case.holds(caller)
    assert isinstance(seen.outcome.error, ResponseError)
    may_be_dropped = caller.transport.drops_unread and case.name == CUT_AT_ONCE
    assert seen.outcome.error.content in ((b"", BODY) if may_be_dropped else (BODY,))


@cases_of(13)
async def test_a_body_that_stalls_is_billed(case: Case, caller: Ours) -> None:
    """A success whose body never comes ends with the timeout, and was billed by its status line."""
    await case.holds(caller)


@cases_of(14)
async def test_a_false_content_encoding_is_billed(case: Case, caller: Ours) -> None:
    """A success that is not what its Content-Encoding says is a `ResponseError`, and is not sent again."""
    await case.holds(caller)


@cases_of(15)
async def test_a_decompression_bomb_does_not_go_off(case: Case, caller: Ours) -> None:
    """An answer that unpacks beyond `max_response_bytes` is given up there, and memory grows no further."""
    await case.holds(caller)


@cases_of(16)
async def test_what_is_no_http_leaves_the_outcome_unknown(case: Case, caller: Ours) -> None:
    """A malformed status line and an endless header are no answer: the outcome is unknown, and stays so."""
    await case.holds(caller)


@cases_of(17)
async def test_a_success_without_json_is_billed(case: Case, caller: Ours) -> None:
    """A 200 with a web page, or with nothing, holds no image: a `ResponseError`, and no second POST."""
    await case.holds(caller)


@cases_of(18)
async def test_broken_json_is_a_response_error(case: Case, caller: Ours) -> None:
    """Neither JSON that ends early nor JSON that is nested too deep raises anything else."""
    await case.holds(caller)


@cases_of(19)
async def test_an_error_under_a_success_says_what_the_server_says(case: Case, caller: Ours) -> None:
    """A 200 whose body is an error is a `ResponseError` with the error's code and message."""
    await case.holds(caller)


@cases_of(20)
async def test_fields_that_are_left_out_do_not_cost_the_image(case: Case, caller: Ours) -> None:
    """Without `created`, and with no or half a `usage`, the image is returned."""
    seen = await case.holds(caller)
    assert [image.b64_json for image in images(seen).data] == [PICTURE]


@cases_of(21)
async def test_values_outside_the_pin_do_not_cost_the_image(case: Case, caller: Ours) -> None:
    """A size and a quality that the document does not know come as their text, beside the image."""
    answer = images(await case.holds(caller))
    assert (answer.size, answer.quality) == ("512x512", "auto")
    assert [image.b64_json for image in answer.data] == [PICTURE]


@cases_of(22)
async def test_a_success_without_an_image_is_a_response_error(case: Case, caller: Ours) -> None:
    """`data` that is null, a text, or items with neither a URL nor a picture is not what was paid for."""
    await case.holds(caller)


@cases_of(23)
async def test_a_created_is_a_success_and_no_content_is_not(case: Case, caller: Ours) -> None:
    """A 201 with an image is returned; a 204 was billed, and has none."""
    await case.holds(caller)
