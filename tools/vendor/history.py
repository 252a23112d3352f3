"""Earlier contents of a file, out of the git repository that it is in."""

import subprocess
from pathlib import Path

from tools.package.manifest import sha256

SEARCH_TIMEOUT = 20.0
"""Seconds: in a very large repository the search is given up."""


def find_version(path: Path, digest: str) -> bytes | None:
    """Return the committed version of a file that has this SHA-256, or None if there is none."""
    try:
        # A line of `--raw` is `:mode mode blob blob status path`.
        log = _git(path.parent, "log", "--no-renames", "--raw", "--no-abbrev", "--format=", "--", path.name)
        blobs = {blob for line in log.decode(errors="replace").splitlines() for blob in line.split()[2:4]}
        contents = (_git(path.parent, "cat-file", "blob", blob) for blob in sorted(blobs) if blob.strip("0"))
        return next((content for content in contents if sha256(content) == digest), None)
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> bytes:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=SEARCH_TIMEOUT).stdout
