"""A whole run as one file: facts, samples and profiles, so that its report can be written again."""

import json
from collections.abc import Mapping
from pathlib import Path

from attrs import asdict, frozen

from benchmarks.figures import Case, Results


@frozen
class RunRecord:
    """What a report is made of.

    Attributes:
        facts: What is to be known of the machine, the versions and the run; each in a line.
        results: Every sample.
        profiles: What a profile shows, by the case of this client that misses a target.
    """

    facts: Mapping[str, str]
    results: Results
    profiles: Mapping[Case, str]

    def save(self, path: Path) -> None:
        """Write the record."""
        text = json.dumps(
            {
                "facts": dict(self.facts),
                "samples": [[asdict(case), samples] for case, samples in self.results.samples.items()],
                "profiles": [[asdict(case), text] for case, text in self.profiles.items()],
            }
        )
        path.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "RunRecord":
        """Read a record."""
        kept = json.loads(path.read_text(encoding="utf-8"))
        results = Results({Case(**case): samples for case, samples in kept["samples"]})
        return cls(kept["facts"], results, {Case(**case): text for case, text in kept["profiles"]})
