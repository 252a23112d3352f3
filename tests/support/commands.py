"""Commands of the project, run within the test's process: to start Python and import their libraries takes seconds."""

import contextlib
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock


def run_main(main: Callable[[], int], *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder with these arguments; return its status and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "argv", ["command", *arguments]),
    ):
        try:
            status = main()
        except SystemExit as end:  # argparse refuses something
            status = end.code if isinstance(end.code, int) else 1
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())
