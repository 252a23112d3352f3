"""Private names of other packages: what `make check` finds of them in the generated package."""

from pathlib import Path

import pytest

from tests.support.generation import COMMITTED
from tools.check.privacy import borrowed_names, foreign_names

OTHER = """
class Pool:
    _owner = None

    def __init__(self, size):
        self._size = size


def _count(pool):
    return pool
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with a private folder, in which a module has private names of its own."""
    (tmp_path / "client" / "_runtime").mkdir(parents=True)
    (tmp_path / "client" / "_runtime" / "other.py").write_text(OTHER)
    return tmp_path / "client"


def found_in(package: Path, source: str) -> list[str]:
    """The names that are found in a module of the package."""
    (package / "module.py").write_text(source)
    return [name for _, _, name in foreign_names(package)]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import httpx._client", "httpx._client"),
        ("import httpx._client as client", "httpx._client"),
        ("from httpx import _client", "httpx._client"),
        ("from httpx._utils import URLPattern", "httpx._utils.URLPattern"),
        ("import httpx\nhttpx._utils.get_environment_proxies()", "_utils"),
        ("def f(transport):\n    return transport._pool", "_pool"),
        ("def f(transport):\n    transport._pool = None", "_pool"),
        ("def f(transport):\n    del transport.x._pool", "_pool"),
        ("def f(transports):\n    return transports[0]()._pool.connections", "_pool"),
        ("import httpx\nclass C(httpx.AsyncClient):\n    def f(self):\n        return self._mounts", "_mounts"),
        ("def f(pool):\n    return pool._size", "_size"),
        ("def f(self):\n    return self.pool._size", "_size"),
        ("_size = 1\nimport httpx\nhttpx._size", "_size"),
        ("from operator import attrgetter\nf = attrgetter('_pool.connections')", "_pool.connections"),
        ("from operator import attrgetter\nf = attrgetter('stream', 'x._h11_state.y')", "x._h11_state.y"),
        ("from operator import methodcaller\nf = methodcaller('_close')", "_close"),
        ("def f(x):\n    return getattr(x, '_pool', None)", "_pool"),
        ("def f(x):\n    return hasattr(x, name := '_pool')", "_pool"),
        ("NAME = '_pool'\ndef f(x):\n    return getattr(x, NAME)", "_pool"),
        ("def f(x):\n    return vars(x)['_pool']", "_pool"),
        ("def f(x):\n    return getattr(x, '_size')", "_size"),
        ("from importlib import import_module\nimport_module('httpx._client')", "httpx._client"),
        ("def f(x):\n    match x:\n        case object(_pool=pool):\n            return pool", "_pool"),
    ],
)
def test_a_private_name_of_another_package_is_found(package: Path, source: str, name: str) -> None:
    """However it is read: in an import, as an attribute, or in a string."""
    assert name in found_in(package, source)


@pytest.mark.parametrize(
    "source",
    [
        "from . import _client",
        "from ._runtime.other import _count, Pool",
        "from .. import _elsewhere",
        "from .. import elsewhere as _there\nfound = list['_there.Found']",
        "from __future__ import annotations",
        "from ._runtime.other import Pool\nclass Own(Pool):\n    def f(self):\n        return self._size, self._owner",
        "class Own:\n    _x: int\n    def f(self, other):\n        return other._x, getattr(other, '_x')",
        "class Own:\n    def __init__(self):\n        self._x = 1\ndef f(own):\n    return own._x",
        "def f(x):\n    return x.__dict__, getattr(x, '__notes__', x.__class__.__name__)",
        "def f(pair):\n    return pair._replace(a=1)._asdict()",
        "for _ in ():\n    _ = '_'",
        "NAME = __name__.removesuffix('._runtime.other')",
        "def f():\n    '''See `_pool`.'''\n    '_pool'",
        "TEXT = 'a sentence with _pool in it'",
        "TEXT = 'snake_case_', 'trailing_', '__dunder__', '__mangled', '_'",
    ],
)
def test_the_packages_own_names_are_none(package: Path, source: str) -> None:
    """Nor are those that Python documents, and what only describes."""
    assert found_in(package, source) == []


def test_what_is_found_is_named_with_its_line(package: Path) -> None:
    """Each is one line of `make check`."""
    path = package / "module.py"
    path.write_text("import httpx\n\nSECRETS = httpx._utils\n")
    assert borrowed_names(package) == [
        f"{path}:3: _utils is another package's private name: any release of it may change that"
    ]


def test_the_client_reads_none() -> None:
    """httpx, httpcore and h11 may rename what is theirs."""
    assert borrowed_names(COMMITTED) == []
