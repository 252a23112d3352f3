"""How servers are installed: each from its registry package, in a folder of its own, with the versions of its lock.

The locks are beside this module, in `locks/`, and `make lock` renews them. A Debian package has the version of the
machine's Debian.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from attrs import frozen

from tests.interop.processes import ProgramError, run_program

LOCKS = Path(__file__).parent / "locks"

_SECONDS = 180.0
_TAMPERED = re.compile(r"EINTEGRITY|hash mismatch", re.IGNORECASE)


class NotInstalledError(Exception):
    """A server is not there and could not be installed; says why, and what to do."""


class LockError(Exception):
    """A registry serves something else than what the lock has."""


class Install(Protocol):
    """A way to install a server."""

    @property
    def version(self) -> str:
        """The version that is locked, or installed."""
        ...

    async def install(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Install it into a folder, unless it is there already.

        Raises:
            NotInstalledError: That was not possible.
            LockError: What was served is not what the lock has.
        """
        ...


@frozen
class Npm:
    """A package of npm, locked in `locks/NAME/package-lock.json`."""

    lock: str
    package: str

    @property
    def version(self) -> str:
        """The version that is locked."""
        packages = json.loads((self._folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        version: str = packages[f"node_modules/{self.package}"]["version"]
        return version

    async def install(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Install it into `node_modules`. No package's own script is run."""
        if not (npm := shutil.which("npm")):
            raise NotInstalledError("npm is needed; install Node.js 20 or newer")
        files = [self._folder / name for name in ("package.json", "package-lock.json")]
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        await install_once(folder, files, [command], environment)

    @property
    def _folder(self) -> Path:
        return LOCKS / self.lock


@frozen
class PyPI:
    """A package of PyPI, locked in `locks/NAME.txt`."""

    lock: str
    package: str

    @property
    def version(self) -> str:
        """The version that is locked."""
        found = re.search(rf"^{re.escape(self.package)}==(\S+)", self._file.read_text(encoding="utf-8"), re.MULTILINE)
        assert found, f"{self._file} has no {self.package}"
        return found[1]

    async def install(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Install it into a virtual environment, by uv: pip takes eight times as long."""
        uv = [sys.executable, "-m", "uv", "--quiet"]
        commands = [
            [*uv, "venv", "--python", sys.executable, "--allow-existing", "."],
            [*uv, "pip", "install", "--no-deps", "--require-hashes", "--python", "bin/python", "-r", self._file.name],
        ]
        await install_once(folder, [self._file], commands, environment)

    @property
    def _file(self) -> Path:
        return LOCKS / f"{self.lock}.txt"


@frozen
class Debian:
    """A package of the machine's Debian, which apt-get installs if this may change the machine: as root, or in CI."""

    package: str
    program: str

    @property
    def version(self) -> str:
        """The version that is installed, as the program says it."""
        said = subprocess.run([self.path, "-v"], check=False, capture_output=True, text=True)
        found = re.search(r"\d+(?:\.\d+)+", said.stdout + said.stderr)
        return found[0] if found else "?"

    @property
    def path(self) -> str:
        """Where the program is."""
        return shutil.which(self.program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""

    async def install(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Install it into the machine, if it is missing."""
        if self.path:
            return
        sudo = ["sudo", "--non-interactive"] if os.geteuid() else []
        if (sudo and environment.get("CI") != "true") or not shutil.which("apt-get"):
            raise NotInstalledError(f"{self.program} is not installed: sudo apt-get install {self.package}")
        # RUNLEVEL: or Debian starts what it installs as a service of the machine (invoke-rc.d(8)).
        apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "--quiet"]
        commands = [[*apt, "update"], [*apt, "install", "--yes", "--no-install-recommends", self.package]]
        _make_anew(folder, [])
        await _run(folder, commands, environment)


async def install_once(
    folder: Path, files: list[Path], commands: list[list[str]], environment: Mapping[str, str]
) -> None:
    """Install into a folder, unless it has what these files lock; what was left half done is done anew."""
    lock = hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
    stamp = folder / "ready"
    if not stamp.exists() or stamp.read_text(encoding="ascii") != lock:
        _make_anew(folder, files)
        await _run(folder, commands, environment)
        stamp.write_text(lock, encoding="ascii")


def _make_anew(folder: Path, files: Iterable[Path]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in files:
        shutil.copy(file, folder)


async def _run(folder: Path, commands: list[list[str]], environment: Mapping[str, str]) -> None:
    log = folder / "install.log"
    for command in commands:
        try:
            with run_program(command, log, environment=environment, folder=folder) as installer:
                await installer.wait_until_over(_SECONDS)
        except ProgramError as error:
            said = log.read_text(encoding="utf-8", errors="replace")
            # What an installer says last is where its log is, or how its options might help.
            reason = next((line for line in said.splitlines() if "error" in line.lower()), str(error)).strip()
            kind = LockError if _TAMPERED.search(said) else NotInstalledError
            raise kind(f"cannot be installed: {reason} (all of it: {log})") from None
