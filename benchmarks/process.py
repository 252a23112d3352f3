"""What a measuring process does to itself, and asks the kernel about itself. Linux only: it reads /proc."""

import gc
import os
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import cast


def settle(core: int) -> None:
    """Stay on one CPU core, and open as many files as the hard limit allows."""
    os.sched_setaffinity(0, {core})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def hide(modules: Iterable[str]) -> None:
    """Make importing these modules fail, as if they were not installed."""
    for name in modules:
        sys.modules[name] = cast("ModuleType", None)  # what makes an import of it fail


def reset_peak() -> None:
    """Let the kernel forget the highest use of memory so far."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def read_memory(name: str) -> int:
    """Return `VmRSS`, which is used now, or `VmHWM`, the most since the reset, in KiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
