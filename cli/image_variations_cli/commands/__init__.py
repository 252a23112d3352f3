"""The subcommands of `image-variations`.

IN the command line. OUT an exit status, results or JSON lines on standard output, everything else on standard error.
"""

from .run import run

__all__ = ["run"]
