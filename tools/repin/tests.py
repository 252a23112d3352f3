"""The project's tests after a re-pin: which of them hold the pin as it was, and which fail for another reason."""

import time
from collections.abc import Callable

from tools.repin.outcome import Failures, Proof
from tools.repin.trial import Trial


def run_tests(trial: Trial, before: Callable[[], Trial], say: Callable[[str], None]) -> tuple[Proof, Failures]:
    """Run the project's tests with the new pin, and those that fail with the old one too.

    Args:
        trial: The checkout with the new pin and package.
        before: Makes a copy of the checkout as it was. Called if a test fails.
        say: Called with a line for each step.

    Raises:
        FailedError: The tests cannot be run.
    """
    start = time.monotonic()
    say("make test")
    passed, failed = trial.tests()
    failures = Failures()
    if failed:
        say(f"{len(failed)} tests fail: run them again, then with the pin as it was")
        # What depends on chance must not pass for a test that holds the old pin.
        again = trial.failing(failed)
        old = before().failing(again) if again else again
        failures = Failures(*(sorted(tests) for tests in (again - old, old, failed - again)))
    result = ", ".join(filter(None, [f"{passed} passed", str(failures)]))
    return Proof("make test", time.monotonic() - start, result), failures
