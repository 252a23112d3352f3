"""`make check`: what it catches, and that it says where."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.generation import COMMITTED, PIN
from tools.check.__main__ import handwritten_modules
from tools.check.docstrings import bare_names, without_verb
from tools.check.drift import drift
from tools.check.ignores import bare_ignores
from tools.check.strays import stray_entries
from tools.paths import ROOT


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package that is what the pin generates, as the committed one is."""
    return shutil.copytree(COMMITTED, tmp_path / COMMITTED.name, ignore=shutil.ignore_patterns("__pycache__"))


def test_an_edited_line_is_named(package: Path) -> None:
    """One changed line of a generated file gives its path and its number."""
    client = package / "client.py"
    lines = client.read_text().splitlines()
    client.write_text("\n".join(["", *lines[1:]]) + "\n")
    assert drift(PIN, package) == [
        f"{client}:1: differs from what is generated; edit openapi.yaml or templates/, then run `make generate`"
    ]


def test_a_missing_and_an_extra_file_are_named(package: Path) -> None:
    """A file that is gone and one that nothing generates are both drift."""
    (package / "types.py").unlink()
    (package / "models" / "mine.py").touch()
    assert drift(PIN, package) == [
        f"{package / 'models' / 'mine.py'}: is not generated; remove it",
        f"{package / 'types.py'}: is missing; run `make generate`",
    ]


def test_a_line_cut_off_at_the_end_is_drift(package: Path) -> None:
    """A file that ends early differs where it ends."""
    client = package / "client.py"
    client.write_bytes(client.read_bytes()[:-1])
    assert len(drift(PIN, package)) == 1


def test_the_committed_package_has_not_drifted() -> None:
    """What is committed passes its own check."""
    assert drift(PIN, COMMITTED) == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with a README whose layout names one file and one folder."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)  # noqa: S607  # git from PATH, as the tool runs it
    table = (
        "\n## Layout\n\n| entry | what |\n|---|---|\n| `README.md`, `tools/` | these |\n\n## More\n\n| `other` | x |\n"
    )
    (tmp_path / "README.md").write_text(table)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "tool.py").touch()
    return tmp_path


def test_a_layout_that_is_as_the_readme_says_passes(checkout: Path) -> None:
    """Every top-level entry is named in the table under "Layout"."""
    assert stray_entries(checkout) == []


def test_a_stray_entry_is_named(checkout: Path) -> None:
    """A file or folder that the layout does not name is reported, unless git ignores it."""
    (checkout / ".gitignore").write_text("ignored\n.gitignore\n")
    (checkout / "ignored").touch()
    (checkout / "other").touch()
    assert stray_entries(checkout) == [f"{checkout / 'other'}: is not named in the README's layout"]


def test_an_entry_that_is_gone_is_named(checkout: Path) -> None:
    """The README does not promise what is not there."""
    (checkout / "tools" / "tool.py").unlink()
    assert stray_entries(checkout) == [f"{checkout / 'tools'}: is named in the README's layout and is not there"]


@pytest.mark.parametrize("name", ["größe", "two words", ".hidden", "folder/inner"])
def test_no_name_hides_a_stray_entry(checkout: Path, name: str) -> None:
    """Letters outside ASCII, spaces and a leading dot make no difference; of a folder its own name is reported."""
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).touch()
    assert stray_entries(checkout) == [f"{checkout / name.split('/')[0]}: is not named in the README's layout"]


SILENCERS = [
    *("type: ignore", "type:ignore[misc]", "pyright: ignore", "pyright: ignore[reportAny, reportUnusedImport]"),
    *("noqa", "NOQA: S101", "noqa:S101,E501", "ruff: noqa", "ruff: noqa: D100", "flake8: noqa"),
    *("mypy: ignore-errors", "pyright: basic", "pyright: strict, reportAny=false", "pragma: no cover"),
    "type: ignore[misc]  # noqa: S101",
]


@pytest.mark.parametrize("silencer", SILENCERS)
@pytest.mark.parametrize("before", ["", "b = 2  "])
def test_an_ignore_without_a_reason_is_named(checkout: Path, silencer: str, before: str) -> None:
    """Silencing a checker takes a reason beside it, for a line as for a file, and in stubs."""
    code = f'text = "# {silencer}"\n{before}# {silencer}\n{before}# {silencer}  # it is two\n'
    for name in ("tool.py", "tool.pyi"):
        (checkout / "tools" / name).write_text(code)
    assert bare_ignores(checkout) == [
        f"{checkout}/tools/{name}:2: an ignore needs a reason: `# noqa: S101  # the reason`"
        for name in ("tool.py", "tool.pyi")
    ]


UNDOCUMENTED = """
class Shape:
    def area(self): ...
    def _own(self): ...
    class Corner: ...
class Square(Shape):
    "Has four corners."
    def area(self): ...
async def test_draws(): ...
def _helper():
    def inner(): ...
"""


def test_what_no_docstring_describes_is_named(checkout: Path) -> None:
    """In private packages too, the module, its public classes, functions and methods, and each test have one."""
    module = checkout / "tools" / "_private" / "tool.py"
    module.parent.mkdir()
    module.write_text(UNDOCUMENTED)
    (checkout / "tools" / "tool.py").write_text('"""A tool."""\n')
    named = [(1, "the module"), (2, "Shape"), (3, "area"), (5, "Corner"), (8, "area"), (9, "test_draws")]
    assert bare_names(checkout) == [f"{module}:{line}: {name} needs a docstring" for line, name in named]


INHERITED = """"A tool."
class Shape:
    "Has an area."
    def area(self):
        "How large it is."
class Square(Shape):
    "Has four corners."
class Unit(Square):
    "Has sides of 1."
    def area(self): ...
    def side(self): ...
"""


def test_a_method_is_described_by_the_one_that_it_overrides(checkout: Path) -> None:
    """What a class of the same module says of a method, also through another one, need not be said again."""
    (checkout / "tools" / "tool.py").write_text(INHERITED)
    assert bare_names(checkout) == [f"{checkout}/tools/tool.py:11: side needs a docstring"]


VERBS = '''"""The module."""


class Tool:
    """The tool."""

    @property
    def size(self) -> int:
        """The size."""

    def grow(self) -> None:
        """The growth of the tool."""


def take(name: str) -> str:
    """Take a name."""


async def is_taken(name: str) -> bool:
    """Whether a name
    is taken.
    """


def _undescribed() -> None: ...


def takes() -> None:
    """Takes a name."""


def taking() -> None:
    """Taking a name."""


def http() -> None:
    """HTTP, and what comes with it."""


def code() -> None:
    """`take`, and again."""


def pass_on() -> None:
    """Pass a name on."""
'''


def test_a_function_whose_docstring_has_no_verb_is_named(tmp_path: Path) -> None:
    """Modules, classes and properties are described by a noun, functions and methods by what they do."""
    (tmp_path / "tool.py").write_text(VERBS)
    advice = "has to begin with a verb, such as Return"
    assert without_verb([tmp_path / "tool.py"]) == [
        f"{tmp_path}/tool.py:11: the docstring of grow {advice}",
        f"{tmp_path}/tool.py:19: the docstring of is_taken {advice}",
        f"{tmp_path}/tool.py:28: the docstring of takes {advice}",
        f"{tmp_path}/tool.py:32: the docstring of taking {advice}",
        f"{tmp_path}/tool.py:36: the docstring of http {advice}",
        f"{tmp_path}/tool.py:40: the docstring of code {advice}",
    ]


def test_the_runtime_is_looked_at_as_the_tools_are() -> None:
    """Docstrings and lengths count in `templates/_runtime/` too."""
    looked_at = {path.relative_to(ROOT).as_posix() for path in handwritten_modules(ROOT)}
    assert {"tools/paths.py", "templates/_runtime/errors.py", "templates/_runtime/request/build.py"} <= looked_at
