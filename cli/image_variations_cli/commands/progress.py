"""What is shown on standard error while a command works."""

import io
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import IO, cast

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from ..text import show_text
from .output import Output, write_error

_FRAMES = 12.5
"""How often a spinner moves in a second."""


class _StandardError(io.TextIOBase):
    """Standard error for rich, which would end the program if nobody reads it any more."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        write_error(text)
        return len(text)

    def isatty(self) -> bool:
        return sys.stderr.isatty()


def open_console() -> Console:
    """Return a console on standard error. It has colours and moves only on a terminal, and heeds `NO_COLOR`."""
    return Console(file=cast("IO[str]", _StandardError()), highlight=False, markup=False, emoji=False)


@contextmanager
def notes_above(console: Console, output: Output) -> Generator[None]:
    """Have an output's notes written above what a console shows, while the context lasts."""

    def show_note(line: str) -> None:
        console.print(Text(line), soft_wrap=True)

    before, output.show_note = output.show_note, show_note
    try:
        yield
    finally:
        output.show_note = before


def moving(console: Console, get_renderable: Callable[[], RenderableType], per_second: float) -> Live:
    """Return what draws something again and again at the foot of a terminal, and leaves nothing of it behind."""
    return Live(
        get_renderable=get_renderable,
        console=console,
        refresh_per_second=per_second,
        transient=True,
        redirect_stdout=False,  # results stay on standard output
        redirect_stderr=False,
    )


@contextmanager
def show_wait(output: Output, what: str) -> Generator[None]:
    """Show on a terminal what goes on, while the context lasts; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield
        return
    console, spinner = open_console(), Spinner("dots", Text(show_text(what)))
    with notes_above(console, output), moving(console, lambda: spinner, _FRAMES):
        yield
