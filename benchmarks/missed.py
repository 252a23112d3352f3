"""The profiles that show why a target is missed."""

from benchmarks.conductor import Conductor
from benchmarks.figures import Case, Results, described
from benchmarks.import_profile import import_profile_of
from benchmarks.profile import profile_of
from benchmarks.targets import TARGETS

_PROFILED = {"calls": profile_of, "imports": import_profile_of}


def profiles_of_missed(conductor: Conductor, results: Results) -> dict[Case, str]:
    """What a profile shows of each case of calls, and of imports, that misses a target."""
    missed = dict.fromkeys(target.ours for target in TARGETS if not target.holds(results))
    return {case: _PROFILED[case.axis](conductor, case) for case in missed if case.axis in _PROFILED}


def heading(case: Case) -> str:
    """What stands above the profile of a case."""
    return f"What a profile shows of {case.subject}, {described(case)}:"
