"""The frame of every command: its streams, its errors in one line, its last JSON line."""

import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

import typer

from ..errors import BatchError
from .app import app
from .interrupts import interrupt_by_signals
from .output import NO_COUNTS, Output, prepare_streams


def run(arguments: Sequence[str]) -> int:
    """Run a command. Return its exit status."""
    prepare_streams()
    # Pillow warns of damage that it works around. What nobody can look at is refused in a line of ours.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    output = Output(is_json=_asks_for_json(arguments))
    try:
        with interrupt_by_signals():
            return _run(arguments, output)
    except SystemExit as end:  # of typer, if nobody reads the help that it prints
        return end.code if isinstance(end.code, int) else 1
    except BaseException as error:
        from .exits import describe

        failure = describe(error)
        with suppress(BatchError):  # standard output may be what is broken
            output.fail(failure)
            if not output.has_summary:
                output.summary(**NO_COUNTS)
        return failure.exit_status


def _run(arguments: Sequence[str], output: Output) -> int:
    command = typer.main.get_command(app)
    status = cast(int, command.main(list(arguments), prog_name="image-variations", standalone_mode=False, obj=output))
    if status == 130 and not output.has_summary:  # typer catches it
        raise KeyboardInterrupt
    return status


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Return whether `--json` is among the options. An error of the command line is told in JSON, too."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options
