"""Build: a wheel and a source distribution, the same bytes every time."""

import subprocess
import sys
import tempfile
from pathlib import Path


class DistributionError(Exception):
    """A distribution is not as it has to be. The message is a line for each fault."""


def build(root: Path, folder: Path) -> tuple[Path, Path]:
    """Build the wheel and the source distribution of a checkout.

    Args:
        root: The checkout.
        folder: The folder that they are written to. Files of the same names are replaced.

    Returns:
        The wheel and the source distribution.

    Raises:
        DistributionError: They cannot be built, or a second build gives other bytes.
    """
    with tempfile.TemporaryDirectory() as scratch:
        first, second = _build_into(root, Path(scratch, "first")), _build_into(root, Path(scratch, "second"))
        differing = [one.name for one, other in zip(first, second, strict=True) if one.read_bytes() != other.read_bytes()]
        if differing:
            raise DistributionError("\n".join(f"{name}: two builds have different bytes" for name in differing))
        folder.mkdir(parents=True, exist_ok=True)
        wheel, source = (folder / path.name for path in first)
        for path in first:
            (folder / path.name).write_bytes(path.read_bytes())
    return wheel, source


def _build_into(root: Path, folder: Path) -> tuple[Path, Path]:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    result = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    if result.returncode:
        raise DistributionError(f"hatchling: {result.stderr.strip()}")
    [wheel], [source] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, source
