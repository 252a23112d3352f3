"""Top-level entries that the README does not name."""

import re
from pathlib import Path

from tools.check.files import committed_files

_ENTRY = re.compile(r"`([^`]+)`")


def stray_entries(root: Path) -> list[str]:
    """Return a complaint for each top-level entry that the README's layout lacks, and for each that is not there."""
    layout = (root / "README.md").read_text(encoding="utf-8").partition("\n## Layout\n")[2].partition("\n## ")[0]
    rows = [line for line in layout.splitlines() if line.startswith("| `")]
    named = {entry.split("/")[0] for row in rows for entry in _ENTRY.findall(row.split("|")[1])}
    present = {path.relative_to(root).parts[0] for path in committed_files(root)}
    return [
        *(f"{root / entry}: is not named in the README's layout" for entry in sorted(present - named)),
        *(f"{root / entry}: is named in the README's layout and is not there" for entry in sorted(named - present)),
    ]
