"""Where things are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The repository."""

HERE = ROOT / "benchmarks"
REPORT = HERE / "REPORT.md"
PLOT = HERE / "calls.svg"
README = ROOT / "README.md"

LAST_RUN = HERE / "last-run.json"
"""Every figure of the last run, from which the report can be written again; not committed."""
