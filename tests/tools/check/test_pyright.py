"""What `make check` has pyright look at."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import define, field

from tools.check.pyright import check

SETTINGS = '[tool.pyright]\ninclude = ["package", "tests"]\nexclude = ["tests/left_out.py"]\n'

MODULES = {
    "package/__init__.py": "",
    "package/errors.py": "",
    "package/call.py": "from package.errors import CallError\n",
    "package/client.pyi": "from .call import Call\n",
    "tests/test_call.py": "from package import (\n    call,\n    client,\n)\n",
    "tests/test_client.py": "def test():\n    import package.client\n",
    "tests/left_out.py": "import package.errors\n",
}


@define
class Checkout:
    """A checkout in which pyright only notes what it is asked to check; None is all."""

    root: Path
    status: int = 0
    asked: list[Sequence[str] | None] = field(factory=list[Sequence[str] | None])

    def check(self, *, everything: bool = False) -> int:
        """Check once more."""
        return check(self.root, self._run, everything=everything)

    def _run(self, modules: list[str]) -> int:
        self.asked.append(modules or None)
        return self.status


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout that has been checked."""
    for name, text in {**MODULES, "pyproject.toml": SETTINGS, "requirements-dev.txt": ""}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    made = Checkout(tmp_path)
    assert made.check() == 0
    assert made.asked == [None]
    made.asked.clear()
    return made


def test_nothing_is_checked_twice(checkout: Checkout) -> None:
    """Without a change there is nothing to do."""
    assert checkout.check() == 0
    assert checkout.asked == []


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ("package/errors.py", ["package/call.py", "package/errors.py"]),
        ("package/call.py", ["package/call.py", "package/client.pyi", "tests/test_call.py"]),
        ("package/client.pyi", ["package/client.pyi", "tests/test_call.py", "tests/test_client.py"]),
        ("tests/test_call.py", ["tests/test_call.py"]),
        ("tests/test_new.py", ["tests/test_new.py"]),
        (
            "package/__init__.py",
            ["package/__init__.py", "package/call.py", "tests/test_call.py", "tests/test_client.py"],
        ),
    ],
)
def test_a_change_is_checked_with_what_imports_it(checkout: Checkout, changed: str, asked: list[str]) -> None:
    """However the import is written, and once."""
    with (checkout.root / changed).open("a") as module:
        module.write("NUMBER = 1\n")
    checkout.check()
    checkout.check()
    assert checkout.asked == [asked]


def test_what_imports_a_removed_module_is_checked(checkout: Checkout) -> None:
    """It is what breaks."""
    (checkout.root / "package" / "errors.py").unlink()
    checkout.check()
    assert checkout.asked == [["package/call.py"]]


def test_what_failed_is_checked_until_it_passes(checkout: Checkout) -> None:
    """Nothing is recorded of a run that found something."""
    (checkout.root / "tests" / "test_call.py").write_text("number: str = 1\n")
    checkout.status = 1
    assert [checkout.check(), checkout.check()] == [1, 1]
    assert checkout.asked == [["tests/test_call.py"]] * 2


@pytest.mark.parametrize("name", ["pyproject.toml", "requirements-dev.txt"])
def test_other_settings_and_versions_concern_everything(checkout: Checkout, name: str) -> None:
    """They decide how each module is checked."""
    with (checkout.root / name).open("a") as file:
        file.write("# new\n")
    checkout.check()
    assert checkout.asked == [None]


def test_everything_is_checked_where_the_record_does_not_count(checkout: Checkout) -> None:
    """In CI, and if the record cannot be read."""
    checkout.check(everything=True)
    (checkout.root / ".pyright_cache" / "checked.json").write_text("{")
    checkout.check()
    assert checkout.asked == [None, None]
