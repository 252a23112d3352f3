"""The checks of `make check` that are the project's own: drift, strays, borrowed names, missing docstrings and reasons.

Each problem is one line that begins with the path it is about.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from tokenize import COMMENT, tokenize

from tools.checkout import PACKAGE, PIN, ROOT
from tools.docstrings import undocumented
from tools.generate import generate
from tools.privacy import foreign_names

_ENTRY = re.compile(r"`([^`]+)`")
_SILENCER = re.compile(
    r"#\s*(?:"
    r"type:\s*ignore(?:\[[^\]]*\])?|(?:(?:ruff|flake8):\s*)?noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?|"
    r"pyright:\s*ignore(?:\[[^\]]*\])?|(?:pyright|mypy|ruff|isort):[^#]*|pragma:\s*no\s+\w+|nosec\b"
    r")",
    re.IGNORECASE,
)
"""A comment that tells a checker, in a line or a file, to look away."""


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path from there, without what Python caches."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def drift(spec: Path, package: Path) -> list[str]:
    """The files of a package that are not what the document generates, and the first line that differs."""
    with tempfile.TemporaryDirectory() as scratch:
        generate(spec, Path(scratch) / package.name)
        fresh = files_in(Path(scratch) / package.name)
    committed = files_in(package)
    return [
        f"{package / name}{_difference(committed.get(name), fresh.get(name))}"
        for name in sorted(fresh.keys() | committed.keys())
        if committed.get(name) != fresh.get(name)
    ]


def _difference(committed: bytes | None, fresh: bytes | None) -> str:
    if committed is None:
        return ": is missing; run `make generate`"
    if fresh is None:
        return ": is not generated; remove it"
    pairs = enumerate(zip(committed.splitlines(), fresh.splitlines(), strict=False), start=1)
    line = next((number for number, (old, new) in pairs if old != new), min(committed.count(b"\n"), fresh.count(b"\n")))
    return f":{line}: differs from what is generated; edit openapi.yaml or templates/, then run `make generate`"


def stray_entries(root: Path) -> list[str]:
    """The top-level entries that the table under the README's heading "Layout" does not name."""
    layout = (root / "README.md").read_text(encoding="utf-8").partition("\n## Layout\n")[2].partition("\n## ")[0]
    rows = [line for line in layout.splitlines() if line.startswith("| `")]
    named = {entry.split("/")[0] for row in rows for entry in _ENTRY.findall(row.split("|")[1])}
    present = {path.relative_to(root).parts[0] for path in _files_of(root)}
    return [
        *(f"{root / entry}: is not named in the README's layout" for entry in sorted(present - named)),
        *(f"{root / entry}: is named in the README's layout and is not there" for entry in sorted(named - present)),
    ]


def bare_ignores(root: Path) -> list[str]:
    """The comments that silence a checker and have no reason beside them."""
    return [
        f"{path}:{number}: an ignore needs a reason: `# noqa: S101  # the reason`"
        for path in _files_of(root, "*.py", "*.pyi")
        for number, comment in _comments(path)
        if _SILENCER.search(comment) and not re.search(r"[^\W\d_]{2}", _SILENCER.sub("", comment))
    ]


def bare_names(root: Path) -> list[str]:
    """The public names and tests that no docstring describes."""
    return [
        f"{path}:{line}: {name} needs a docstring"
        for path in _files_of(root, "*.py")
        for line, name in undocumented(path.read_text(encoding="utf-8"))
    ]


def borrowed_names(package: Path) -> list[str]:
    """The private names of other packages that a package reads."""
    return [
        f"{path}:{line}: {name} is another package's private name: any release of it may change that"
        for path, line, name in foreign_names(package)
    ]


def _files_of(root: Path, *patterns: str) -> list[Path]:
    """The files that are committed, or would be."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    paths = {root / name for name in listed if name}
    return sorted(path for path in paths if path.exists())


def _comments(path: Path) -> list[tuple[int, str]]:
    with path.open("rb") as stream:
        return [(token.start[0], token.string) for token in tokenize(stream.readline) if token.type == COMMENT]


def main() -> int:
    """Print the problems; the exit status is 1 where there is one."""
    problems = [*drift(PIN, PACKAGE), *stray_entries(ROOT)]
    problems += [*bare_ignores(ROOT), *bare_names(ROOT), *borrowed_names(PACKAGE)]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
