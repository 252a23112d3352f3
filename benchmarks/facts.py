"""What is to be known of a run to judge or repeat it. Nothing that tells whose machine it is."""

import datetime
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_MEASURED = (
    "httpx",
    "httpcore",
    "attrs",
    "httpx-aiohttp",
    "aiohttp",
    "pyreqwest",
    "openai",
    "httpx2",
    "openapi-python-client",
    "orjson",
    "pybase64",
)


def facts_of_run(rounds: int, seconds: float) -> dict[str, str]:
    """Date, machine, versions, and how much was measured."""
    command = f"make bench ROUNDS={rounds} SECONDS={seconds:g}"
    installed = ", ".join(f"{name} {found}" for name in _MEASURED if (found := _version(name)))
    return {
        "Date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "Command": f"`{command}`",
        "Machine": f"{_processor()}, {os.cpu_count()} cores; {platform.system()} {platform.release().split('-')[0]}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}, asyncio's own event loop",
        "Versions": installed,
        "Rounds": f"{rounds}; {len(range(0, rounds, 2))} where a thousand go at once or uploads are large",
        "Begun for": f"{seconds:g} s in each measurement of calls, and each of the tasks makes at least one call",
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    if sys.platform != "linux":
        return platform.machine()
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
