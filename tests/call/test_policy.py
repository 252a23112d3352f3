"""When a call is sent again. The table says it for every answer that there can be; read it first."""

import itertools
import math
import random
from collections.abc import Callable, Iterator

import pytest
from attrs import astuple, evolve, frozen
from image_variations._runtime.attempt import Attempt, Billed, Facts, Outcome, billed_by
from image_variations._runtime.call.policy import Retry, RetryPolicy, Stop, back_off

# "tail": whether the last bytes of the request's body were handed to the transport. Before that the server cannot
# have the whole request; from then on it may have it, whatever happens.
# "API": whether the body is the API's own {"error": {...}}. Gateways answer in words of their own.
# "wait": whether there is a Retry-After.
# "first": whether the body is an event stream whose first event is an error. Servers send their overload so, when the
# status is said already.
# "again": whether it is sent again, by itself; only if the caller asked for it with retry_unknown; or in no case.
# "idempotent": the same for an operation that does no more twice than once (RFC 9110, section 9.2.2).
TABLE = """
    tail | status                             | API | wait | first || class     | billed  | again    | idempotent

    no   | none                               | any | any  | any   || not sent  | no      | yes      | yes
    yes  | none                               | any | any  | any   || unknown   | unknown | if asked | yes

    any  | 200-299                            | any | any  | no    || billed    | yes     | never    | never
    any  | 200-299                            | any | any  | yes   || unknown   | unknown | if asked | yes
    any  | 300-399                            | any | any  | any   || permanent | no      | never    | never
    any  | 400-407, 410-424, 426-428, 430-499 | any | any  | any   || permanent | no      | never    | never
    any  | 409, 425, 429                      | any | any  | any   || rejected  | no      | yes      | yes
    any  | 521-523, 529                       | any | any  | any   || rejected  | no      | yes      | yes

    any  | 500, 502-504                       | yes | any  | any   || rejected  | no      | yes      | yes
    any  | 503                                | no  | yes  | any   || rejected  | no      | yes      | yes
    no   | 503                                | no  | no   | any   || not sent  | no      | yes      | yes
    yes  | 503                                | no  | no   | any   || unknown   | unknown | if asked | yes
    no   | 500, 502, 504                      | no  | any  | any   || not sent  | no      | yes      | yes
    yes  | 500, 502, 504                      | no  | any  | any   || unknown   | unknown | if asked | yes

    no   | 408                                | any | any  | any   || not sent  | no      | yes      | yes
    yes  | 408                                | any | any  | any   || unknown   | unknown | if asked | yes
    no   | 501, 505-520, 524-528, 530-599     | any | any  | any   || not sent  | no      | yes      | yes
    yes  | 501, 505-520, 524-528, 530-599     | any | any  | any   || unknown   | unknown | if asked | yes
    no   | 0-199, 600-999                     | any | any  | any   || not sent  | no      | yes      | yes
    yes  | 0-199, 600-999                     | any | any  | any   || unknown   | unknown | if asked | yes
"""

CHOICES = {"yes": (True,), "no": (False,), "any": (True, False)}
BILLED: dict[str, Billed] = {"no": "no", "unknown": "unknown", "yes": "yes"}


def low(lower: float, upper: float) -> float:
    """The least of random numbers."""
    return lower


def high(lower: float, upper: float) -> float:
    """The greatest of random numbers."""
    return upper


@frozen
class Row:
    """A row of the table."""

    conditions: tuple[str, str, str, str, str]
    outcome: Outcome
    billed: Billed
    sent_again: str
    if_idempotent: str

    def __str__(self) -> str:
        tail, statuses, body, retry_after, first = self.conditions
        return f"tail {tail}, {statuses}, API {body}, Retry-After {retry_after}, first {first}"

    def facts(self) -> Iterator[Facts]:
        """Everything that the row speaks of."""
        tail, statuses, body, retry_after, first = self.conditions
        yield from (
            Facts(sent, status, is_api_error=is_api, retry_after=2.0 if asks else None, begins_with_error=begins)
            for sent, status, is_api, asks, begins in itertools.product(
                CHOICES[tail], numbers(statuses), CHOICES[body], CHOICES[retry_after], CHOICES[first]
            )
        )


def numbers(text: str) -> list[int | None]:
    """The statuses that a cell names."""
    if text == "none":
        return [None]
    bounds = [part.split("-") for part in text.split(", ")]
    return [status for bound in bounds for status in range(int(bound[0]), int(bound[-1]) + 1)]


def rows() -> list[Row]:
    """The table without its heading."""
    lines = [line for line in TABLE.splitlines() if line.strip()][1:]
    cells = [[cell.strip() for cell in line.replace("||", "|").split("|")] for line in lines]
    return [
        Row((tail, statuses, body, retry_after, first), Outcome(outcome), BILLED[billed], *repeated)
        for tail, statuses, body, retry_after, first, outcome, billed, *repeated in cells
    ]


def decide(
    facts: Facts,
    *,
    retries: int = 0,
    max_retries: int = 2,
    retry_unknown: bool = False,
    is_idempotent: bool = False,
    time_left: float = 600.0,
    uniform: Callable[[float, float], float] = low,
) -> Retry | Stop:
    """What a policy decides, where only one thing is not as usual."""
    policy = RetryPolicy(max_retries=max_retries, retry_unknown=retry_unknown, is_idempotent=is_idempotent)
    return policy.decide(facts, retries=retries, time_left=time_left, uniform=uniform)


def wait_of(decision: Retry | Stop) -> float | None:
    """How long the policy waits before it sends again, if it does."""
    return decision.wait if isinstance(decision, Retry) else None


@pytest.mark.parametrize("row", rows(), ids=str)
def test_an_attempt_is_classed_by_what_the_server_may_have_done(row: Row) -> None:
    """The tail and the status decide what an attempt is and what it can have cost."""
    assert {(facts.outcome, facts.outcome.billed) for facts in row.facts()} == {(row.outcome, row.billed)}


@pytest.mark.parametrize("row", rows(), ids=str)
def test_only_what_cannot_be_paid_twice_is_sent_again(row: Row) -> None:
    """Without a bill an attempt is repeated, with an unknown one only if that was asked for, with a bill never."""
    for facts in row.facts():
        assert isinstance(decide(facts), Retry) is (row.sent_again == "yes")
        assert isinstance(decide(facts, retry_unknown=True), Retry) is (row.sent_again != "never")


@pytest.mark.parametrize("row", rows(), ids=str)
def test_an_idempotent_operation_is_sent_again_unless_it_succeeded_or_was_refused(row: Row) -> None:
    """Whether the server carried it out makes no difference then, and what the caller asked for neither."""
    for facts in row.facts():
        for retry_unknown in (True, False):
            decision = decide(facts, retry_unknown=retry_unknown, is_idempotent=True)
            assert isinstance(decision, Retry) is (row.if_idempotent == "yes")


@pytest.mark.parametrize("row", rows(), ids=str)
def test_what_is_final_is_never_sent_again(row: Row) -> None:
    """A used up quota, an untrusted certificate or `x-should-retry: false` ends the call and changes no bill."""
    for facts in row.facts():
        final = evolve(facts, is_final=True)
        assert final.outcome is facts.outcome
        assert decide(final, retry_unknown=True) == decide(final, is_idempotent=True) == Stop()


def test_the_table_has_one_row_for_everything_that_can_happen() -> None:
    """Each tail, status, kind of body and presence of Retry-After is in one row, and in no second one."""
    statuses: list[int | None] = [None, *range(1000)]
    possible = [
        Facts(tail, status, is_api_error=is_api, retry_after=wait, begins_with_error=begins)
        for tail, status, is_api, wait, begins in itertools.product(
            (True, False), statuses, (True, False), (2.0, None), (True, False)
        )
    ]
    listed = [astuple(facts) for row in rows() for facts in row.facts()]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(map(astuple, possible))


@pytest.mark.parametrize(
    ("outcomes", "billed"),
    [
        ([], "no"),
        ([Outcome.NOT_SENT, Outcome.REJECTED, Outcome.PERMANENT], "no"),
        ([Outcome.UNKNOWN, Outcome.REJECTED], "unknown"),
        ([Outcome.REJECTED, Outcome.UNKNOWN, Outcome.PERMANENT], "unknown"),
        ([Outcome.REJECTED, Outcome.BILLED], "yes"),
        ([Outcome.BILLED, Outcome.UNKNOWN], "yes"),
    ],
)
def test_a_call_has_cost_what_its_dearest_attempt_has(outcomes: list[Outcome], billed: Billed) -> None:
    """One unknown attempt makes the bill of the whole call unknown, a billed one makes it sure; a free one has none."""
    attempts = [Attempt(number, 1.0, 2.0, outcome) for number, outcome in enumerate(outcomes, start=1)]
    assert billed_by(attempts) == billed
    assert billed_by(evolve(attempt, is_billed=False) for attempt in attempts) == "no"


REJECTED = Facts(tail_handed_over=True, status_code=429)
UNKNOWN = Facts(tail_handed_over=True)


@pytest.mark.parametrize("max_retries", [0, 1, 2, 5])
def test_a_call_is_repeated_at_most_max_retries_times(max_retries: int) -> None:
    """With none allowed the first failure is the last, whatever it is."""
    decisions = [decide(REJECTED, retries=done, max_retries=max_retries) for done in range(max_retries + 2)]
    assert [isinstance(decision, Retry) for decision in decisions] == [True] * max_retries + [False] * 2
    assert decide(UNKNOWN, retries=max_retries, max_retries=max_retries, retry_unknown=True) == Stop()


@pytest.mark.parametrize(
    ("retries", "longest"), [(0, 0.5), (1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 8.0), (6, 8.0), (1_000_000, 8.0)]
)
def test_the_wait_is_random_under_a_bound_that_doubles(retries: int, longest: float) -> None:
    """Full jitter: from 0.1 s to a bound that begins at 0.5 s and ends at 8 s, with nothing added."""
    assert decide(REJECTED, retries=retries, max_retries=retries + 1, uniform=low) == Retry(0.1)
    assert decide(REJECTED, retries=retries, max_retries=retries + 1, uniform=high) == Retry(longest)
    waits = [back_off(retries, random.Random(seed).uniform) for seed in range(200)]  # noqa: S311  # jitter, no secret
    assert 0.1 <= min(waits) < 0.1 + longest / 4 < longest * 3 / 4 < max(waits) <= longest


@pytest.mark.parametrize("retries", [0, 3])
def test_the_servers_own_wait_comes_before_ours(retries: int) -> None:
    """A Retry-After replaces the back-off, with up to a tenth more so that not all come back at once."""
    facts = evolve(REJECTED, retry_after=20.0)
    assert decide(facts, retries=retries, max_retries=5, uniform=low) == Retry(20.0)
    assert wait_of(decide(facts, retries=retries, max_retries=5, uniform=high)) == pytest.approx(22.0)


@pytest.mark.parametrize("facts", [REJECTED, Facts(tail_handed_over=True, status_code=503)], ids=["429", "503"])
def test_a_server_that_asks_for_more_than_a_minute_is_not_waited_for(facts: Facts) -> None:
    """At 60 s the call still waits, above it the error comes at once and says why."""
    assert decide(evolve(facts, retry_after=60.0)) == Retry(60.0)
    for seconds in (60.001, 61.0, 86_400.0, 1e300):
        decision = decide(evolve(facts, retry_after=seconds), time_left=math.inf)
        assert decision == Stop(f"the server asks for a wait of {seconds:g} s, which is longer than this call can wait")


def test_a_server_that_asks_for_more_than_is_left_is_not_waited_for() -> None:
    """What is left of the timeout bounds a Retry-After as the minute does."""
    facts = evolve(REJECTED, retry_after=20.0)
    assert decide(facts, time_left=20.1) == Retry(20.0)
    assert decide(facts, time_left=19.9) == Stop(
        "the server asks for a wait of 20 s, which is longer than this call can wait"
    )


@pytest.mark.parametrize(
    ("facts", "wait", "uniform"),
    [(REJECTED, 0.1, low), (REJECTED, 0.5, high), (evolve(REJECTED, retry_after=20.0), 22.0, high)],
    ids=["shortest back-off", "longest back-off", "Retry-After and a tenth"],
)
def test_no_wait_goes_past_the_timeout(facts: Facts, wait: float, uniform: Callable[[float, float], float]) -> None:
    """A wait that would leave no time for another attempt is not begun."""
    over = Stop("the call would time out before the next attempt")
    assert wait_of(decide(facts, time_left=wait * 1.001, uniform=uniform)) == pytest.approx(wait)
    assert decide(facts, time_left=wait * 0.999, uniform=uniform) == over


@pytest.mark.parametrize("time_left", [0.0, -5.0])
def test_nothing_is_repeated_when_the_time_is_over(time_left: float) -> None:
    """A call whose timeout has passed only stops."""
    assert isinstance(decide(REJECTED, time_left=time_left), Stop)
    assert isinstance(decide(evolve(REJECTED, retry_after=1.0), time_left=time_left), Stop)


def test_a_call_without_a_timeout_waits_as_any_other() -> None:
    """`math.inf` left is more than any wait."""
    assert decide(REJECTED, time_left=math.inf, uniform=high) == Retry(0.5)
    assert decide(evolve(REJECTED, retry_after=60.0), time_left=math.inf) == Retry(60.0)
