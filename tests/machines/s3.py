"""An S3 server on this machine: moto, in a process of its own."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Self

import pytest
from attrs import define, field


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@define(eq=False)
class S3Server:
    """A server that keeps its objects in memory.

    Attributes:
        port: Where it listens.
        buckets: The names of its buckets.
    """

    port: int = field(factory=_free_port)
    buckets: list[str] = field(factory=list[str], init=False)
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    @classmethod
    @contextmanager
    def running(cls) -> Generator[Self]:
        """Start a server, and stop it at the end."""
        server = cls()
        server.start()
        try:
            yield server
        finally:
            server.stop()

    @property
    def endpoint(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, with its buckets and without their objects."""
        command = (sys.executable, "-P", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port))
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self._is_ready():
            assert self._process.poll() is None
            time.sleep(0.05)
        for bucket in self.buckets:
            self._make(bucket)

    def stop(self) -> None:
        """Kill it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def make_bucket(self) -> str:
        """Make an empty bucket. Return its URL."""
        name = f"bucket-{len(self.buckets) + 1}"
        self.buckets.append(name)
        self._make(name)
        return f"s3://{name}"

    @contextmanager
    def named(self) -> Generator[None]:
        """Have the environment name it, as users name theirs."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("AWS_ENDPOINT_URL_S3", self.endpoint)
            patched.setenv("AWS_ACCESS_KEY_ID", "test")
            patched.setenv("AWS_SECRET_ACCESS_KEY", "test")
            patched.setenv("AWS_DEFAULT_REGION", "us-east-1")
            # fsspec keeps file systems, and with them the servers that they were made for.
            import_module("s3fs").S3FileSystem.clear_instance_cache()
            yield

    def _is_ready(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _make(self, bucket: str) -> None:
        request = urllib.request.Request(f"{self.endpoint}/{bucket}", method="PUT")  # noqa: S310  # the server is ours
        with urllib.request.urlopen(request):  # noqa: S310  # it is ours
            pass


def objects_in(url: str) -> dict[str, bytes]:
    """Return the objects of a prefix, by their names."""
    files, root = import_module("fsspec.core").url_to_fs(url)
    files.invalidate_cache()
    found: dict[str, bytes] = files.cat(files.find(root))
    return {path.removeprefix(f"{root}/"): content for path, content in found.items()}
