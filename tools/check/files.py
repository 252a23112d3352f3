"""The files of a folder, and those of a repository."""

import subprocess
from pathlib import Path


def files_in(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, by its path from there, without what Python caches."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def committed_files(root: Path, *patterns: str) -> list[Path]:
    """Return the files that are committed, or would be."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    paths = {root / name for name in listed if name}
    return sorted(path for path in paths if path.exists())
