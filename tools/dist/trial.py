"""Trial: a distribution in a clean environment, where the program of the README runs, and the command."""

import os
import re
import struct
import subprocess
import sys
import zlib
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.dist.build import DistributionError

_PROGRAM = re.compile(r"^## The program\n+```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(r'base_url="[^"]*", api_key="[^"]*"')

_PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", "constraints.txt")


def program_of(readme: str, base_url: str, api_key: str) -> str:
    """Return the program of the README, for a server.

    Raises:
        DistributionError: The README has none, or it names no server.
    """
    found = _PROGRAM.search(readme)
    if found is None or not _ADDRESS.search(found[1]):
        raise DistributionError('README.md: "The program" is not a program that names a base_url and an api_key')
    return _ADDRESS.sub(f'base_url="{base_url}", api_key="{api_key}"', found[1])


def try_out(interpreter: Path, distribution: Path, constraints: Sequence[str], program: str, folder: Path) -> None:
    """Install a distribution into a new environment, and run the program there.

    Args:
        interpreter: The Python of the environment.
        distribution: The wheel or the source distribution.
        constraints: The versions that dependencies must have, as requirements.
        program: The program. It varies `otter.png`, and prints the paths of the variations.
        folder: An empty folder for all of it.

    Raises:
        DistributionError: It cannot be installed, or the program fails.
    """
    python = folder / "environment" / "bin" / "python"
    _run([interpreter, "-m", "venv", folder / "environment"], folder)
    (folder / "constraints.txt").write_text("\n".join(constraints))
    _run([python, *_PIP, distribution], folder)
    (folder / "otter.png").write_bytes(square_png(64))
    (folder / "program.py").write_text(program, encoding="utf-8")
    saved = _run([python, "program.py"], folder).split()
    if not saved or not all((folder / path).is_file() for path in saved):
        raise DistributionError(f"the program of the README printed {saved}, which are no files")


def try_command(wheel: Path, base_url: str, api_key: str, folder: Path) -> None:
    """Run the command of a wheel in an environment of `try_out`, without the extra that it needs and with it.

    Args:
        wheel: The wheel.
        base_url: The URL of a server.
        api_key: The key of that server.
        folder: The folder that `try_out` used.

    Raises:
        DistributionError: The command does not say how to get the extra, the extra cannot be installed, or then the
            command fails.
    """
    programs = folder / "environment" / "bin"
    command = programs / "image-variations"
    alone = subprocess.run([command, "--version"], cwd=folder, check=False, capture_output=True, text=True)
    if alone.returncode != 1 or 'pip install "image-variations[cli]"' not in alone.stderr:
        raise DistributionError(f"without its extra the command does not say how to get it, but: {alone.stderr.strip()}")
    _run([programs / "python", *_PIP, f"{wheel}[cli]"], folder)
    environment = {**os.environ, "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": api_key}
    for arguments in (("batch", "otter.png"), ("export", "--format", "html")):
        _run([command, *arguments, "--output-dir", "out"], folder, environment)
    if not (folder / "out" / "variations.html").is_file():
        raise DistributionError("image-variations export wrote no page")


def _run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None) -> str:
    result = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    if result.returncode:
        lines = result.stderr.strip().splitlines()[-5:]
        raise DistributionError(f"{' '.join(map(str, command[1:4]))}: {' / '.join(lines)}")
    return result.stdout


def square_png(side: int) -> bytes:
    """Return a white PNG file (https://www.w3.org/TR/png-3/)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff" * 3 * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@contextmanager
def reference_server(root: Path) -> Generator[tuple[str, str]]:
    """Run the reference server of a checkout while the context lasts; its base URL and key are the context's value."""
    command = [sys.executable, "-m", "tests.reference_server", "--port=0"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            base_url, _, api_key = line.strip().partition(" key: ")
            yield base_url, api_key
        finally:
            process.terminate()
