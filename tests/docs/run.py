"""Run the blocks of a page, one after the other, in the current folder.

    python -m tests.docs.run docs/start.md --server http://127.0.0.1:9997/v1

The blocks of Python share their names, and the event loop in which a bare `await` runs. A block that begins with the
name of a file, such as `# service.py`, is also written to it. If it is called `test_….py`, pytest runs it; a block of
YAML is only written. The first block that fails, or that prints something else than the page says, ends the run with 1.
"""

import argparse
import ast
import asyncio
import contextlib
import inspect
import io
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType

from tests.docs.blocks import ROOT, Block, blocks_of
from tests.docs.exemptions import reason_to_skip

_SERVER = "http://127.0.0.1:9997/v1"
"""The address that pages say: that of `make serve`."""
_FILE = re.compile(r"# ([\w/-]+\.(?:py|yaml))\n")
_SHELL = 'set -e; make() { command make --no-print-directory -f "$ROOT/Makefile" "$@"; }\n'
_LONGEST = 100
"""Seconds after which a shell block is taken to hang."""


class Page:
    """A page that is being run.

    Args:
        path: The page.
        server: The URL of a server for its calls.
    """

    def __init__(self, path: Path, server: str) -> None:
        self._path = path
        self._server = server
        self._names: dict[str, object] = {"__name__": "__main__"}
        self._runner = asyncio.Runner()

    def run(self) -> str | None:
        """Run every block. Return what is wrong, if something is."""
        with self._runner:
            for block in blocks_of(self._path):
                if reason_to_skip(self._path, block) is None and (complaint := self._run(block)):
                    return f"{self._path}:{block.line}: {complaint}"
        return None

    def _run(self, block: Block) -> str | None:
        code = block.code.replace(_SERVER, self._server)
        file = _FILE.match(code)
        if file:
            Path(file[1]).parent.mkdir(parents=True, exist_ok=True)
            Path(file[1]).write_text(code, encoding="utf-8")
        if block.language == "yaml":
            return None
        if block.language == "sh":
            printed, complaint = _run_command(["bash", "-c", _SHELL + code])
        elif file and Path(file[1]).name.startswith("test_"):
            printed, complaint = _run_command([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file[1]])
        else:
            printed, complaint = self._run_python(block, code)
        if complaint is None and block.prints is not None and not _agree(block.prints, printed):
            return f"it prints\n{printed}and the page says\n{block.prints}"
        return complaint

    def _run_python(self, block: Block, code: str) -> tuple[str, str | None]:
        """Run a block as if it were part of the page's file, so that a traceback names its line."""
        compiled: CodeType = compile(
            "\n" * (block.line - 1) + code,
            self._path,
            "exec",
            flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        )
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            if compiled.co_flags & inspect.CO_COROUTINE:
                self._runner.run(eval(compiled, self._names))  # noqa: S307  # the page's own code
            else:
                exec(compiled, self._names)  # noqa: S102  # the page's own code
        return printed.getvalue(), None


def _run_command(command: Sequence[str]) -> tuple[str, str | None]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "ROOT": str(ROOT), "PATH": path}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_LONGEST, check=False)
    complaint = f"it ended with {ended.returncode}\n{ended.stdout}{ended.stderr}" if ended.returncode else None
    return ended.stdout, complaint


def _agree(expected: str, printed: str) -> bool:
    """Whether a block printed what its page says, in which `...` stands for anything."""
    pattern = ".*".join(map(re.escape, expected.strip().split("...")))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.docs.run", description="Run the blocks of a page.")
    parser.add_argument("page", type=Path)
    parser.add_argument("--server", default=_SERVER)
    options = parser.parse_args(arguments)
    sys.path.insert(0, os.getcwd())
    complaint = Page(options.page, options.server).run()
    if complaint:
        print(complaint, file=sys.stderr)  # noqa: T201  # what the command is for
    return 1 if complaint else 0


if __name__ == "__main__":
    sys.exit(main())
