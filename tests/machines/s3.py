"""An S3 server on this machine: moto, in a process of its own."""

import re
import subprocess
import sys
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count

from attrs import define, field


@define
class S3Server:
    """A server that keeps its objects in memory.

    Attributes:
        endpoint: Its URL.
    """

    endpoint: str
    _buckets: Iterator[int] = field(factory=lambda: count(1), init=False)

    @property
    def environment(self) -> dict[str, str]:
        """What tells s3fs of it."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def make_bucket(self) -> str:
        """Make an empty bucket. Return its URL."""
        name = f"bucket-{next(self._buckets)}"
        # moto asks for no signature.
        request = urllib.request.Request(f"{self.endpoint}/{name}", method="PUT")  # noqa: S310  # the server is ours
        with urllib.request.urlopen(request):  # noqa: S310  # it is ours
            return f"s3://{name}"

    @classmethod
    @contextmanager
    def running(cls) -> "Generator[S3Server]":
        """Start a server, and stop it at the end."""
        command = (sys.executable, "-P", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0")
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            try:
                lines: list[str] = []
                for line in process.stderr:
                    lines.append(line)
                    if started := re.search(r"Running on (http://127\.0\.0\.1:\d+)", line):
                        break
                else:
                    raise AssertionError(f"the S3 server did not start: {''.join(lines)}")
                yield cls(started[1])
            finally:
                process.kill()
