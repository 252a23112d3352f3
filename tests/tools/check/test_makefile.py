"""The Makefile takes paths and variables as they are, and its recipes run nothing that is in them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.making import Call, Checkout, run_make, stub_checkout
from tests.support.sampling import sampled
from tools.check.files import files_in
from tools.paths import ROOT

SAMPLE = ["a  b", "it's", "$(shell touch pwned)", "'; touch pwned; '", "#", "*", "\\n", "-x"]
"""Texts that mean something to make, to a shell or to an option parser: those that need different care."""

HOSTILE = [
    *SAMPLE,
    *("$HOME", "`touch pwned`"),
    *("a b", 'a "b"', "a;touch pwned", "a&touch pwned", "a|touch pwned", "$$", "${HOME}", "$(touch pwned)"),
    *("$(error no)", "$(SPEC)", "(", ")", "a,b", "%", "a:=b", "?", "[a]", "{a,b}", "~", "!", "a\\", "größe", "<a"),
    *(">pwned", "--help", "--", "@a"),
]
"""Every such text."""

OF_VARIABLES = ["a\nb", ""]
"""What a variable can be, and a path cannot."""

VALUES = sampled([*HOSTILE, *OF_VARIABLES, "/", "a\n\ttouch pwned", "a "], *SAMPLE, *OF_VARIABLES)
PATHS = sampled([*HOSTILE, "a\nb"], *SAMPLE, "a\nb")
FOLDERS = sampled([name for name in HOSTILE if name != "--"], *SAMPLE)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout whose programs note how they are called."""
    return stub_checkout(tmp_path / "checkout")


TARGETS = {
    "serve": ["-m tests.reference_server PORT"],
    "fuzz": ["-m tests.fuzz CASES SEED"],
    "soak": ["-m pytest -q -m soak", "-P -m pytest -q -m soak tests/machines", "-m tests.fuzz CASES SEED"],
    "interop": ["-m tests.interop SERVER"],
    "bench": ["-P -m benchmarks run ROUNDS SECONDS"],
    "bench-check": ["-P -m benchmarks check ROUNDS SECONDS"],
    "generate": ["-P -m tools.generate SPEC OUT"],
    "diff": ["-P -m tools.diff SPEC AGAINST FORMAT"],
    "pin": ["-P -m tools.pin SPEC PIN OVERLAY SOURCE COMMIT OPERATIONS"],
    "pin-check": ["-P -m tools.pin SPEC PIN OVERLAY --check"],
}
"""The programs of each target that has variables, with these in the place of their options."""

OF_COPIES = {
    "vendor": ["-P -m tools.vendor DEST NAME"],
    "vendor-check": ["-P -m tools.vendor check DEST NAME"],
}
"""These have the name of the package, whether it is given or not."""


def is_variable(word: str) -> bool:
    """Whether a word of a command stands for an option."""
    return word.isalpha() and word.isupper()


def hostile(commands: list[str], value: str) -> dict[str, str]:
    """A value for each variable of some commands, which tells it from the others unless it is empty."""
    names = dict.fromkeys(word for command in commands for word in command.split() if is_variable(word))
    return {name: f"{value}{number}" if value else "" for number, name in enumerate(names)}


def arguments_of(command: str, values: dict[str, str]) -> tuple[str, ...]:
    """The arguments of a command; options whose variables are not given are left out."""
    words = [word for word in command.split() if word in values or not is_variable(word)]
    return tuple(f"--{word.lower()}={values[word]}" if is_variable(word) else word for word in words)


def programs_of(calls: list[Call]) -> list[tuple[str, ...]]:
    """The arguments of the programs, without the question whether the interpreter is new enough."""
    return [call.arguments for call in calls if call.arguments[0] != "-c"]


def test_every_target_is_phony() -> None:
    """A file of the name of a target keeps none from running, and `make help` lists all but what targets need."""
    lines = (ROOT / "Makefile").read_text().splitlines()
    targets = {match[1] for line in lines if (match := re.fullmatch(r"([a-z-]+):(?!=).*", line))}
    phony = [name for line in lines if line.startswith(".PHONY:") for name in line.split()[1:]]
    assert sorted(targets) == sorted(phony)


@pytest.mark.parametrize("value", VALUES)
def test_a_variable_of_the_command_line_arrives_as_it_is(checkout: Checkout, value: str) -> None:
    """Whatever make, the shell and the option parser would see in it, each program gets the text that was given."""
    for target, commands in {**TARGETS, **OF_COPIES}.items():
        values = hostile(commands, value)
        result, calls = checkout.make(target, *(f"{name}={text}" for name, text in values.items()))
        assert programs_of(calls) == [arguments_of(command, values) for command in commands]
        assert (result.returncode, result.stderr) == (0, "")
    assert not [*checkout.root.parent.rglob("pwned*")]


@pytest.mark.parametrize("value", VALUES)
def test_a_variable_of_the_environment_arrives_as_it_is(checkout: Checkout, value: str) -> None:
    """The same holds for what is not on the command line."""
    for target, commands in TARGETS.items():
        values = hostile(commands, value)
        result, calls = checkout.make(target, environment=values)
        assert programs_of(calls) == [arguments_of(command, values) for command in commands]
        assert (result.returncode, result.stderr) == (0, "")
    assert not [*checkout.root.parent.rglob("pwned*")]


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_not_given_is_left_to_the_program(checkout: Checkout, target: str) -> None:
    """Defaults are the programs' own."""
    _, calls = checkout.make(target)
    assert programs_of(calls) == [arguments_of(command, {}) for command in TARGETS[target]]


@pytest.mark.parametrize("target", OF_COPIES)
def test_the_name_of_a_copy_is_not_taken_from_the_environment(checkout: Checkout, target: str) -> None:
    """Some shells set NAME; neither does a VENV of theirs say where ours is."""
    _, calls = checkout.make(target, environment={"NAME": "LAPTOP-1", "DEST": "a b", "VENV": "/elsewhere"})
    named = {"NAME": "image_variations", "DEST": "a b"}
    assert programs_of(calls) == [arguments_of(command, named) for command in OF_COPIES[target]]


@pytest.mark.parametrize(
    ("target", "variable", "option"),
    [
        ("generate", "FORCE", "--force"),
        ("vendor", "FORCE", "--force"),
        ("vendor-check", "LATEST", "--latest"),
        ("pin", "ACCEPT", "--accept"),
        ("interop", "QUICK", "--quick"),
    ],
)
def test_a_switch_is_on_for_1_alone(checkout: Checkout, target: str, variable: str, option: str) -> None:
    """A value that merely has a 1 among its words discards nothing."""
    for value in ("1", "0", "", "11", "not 1", "1 0", '"1"', "$(shell echo 1)", "`echo 1`"):
        for given in ((f"{variable}={value}",), ()):
            environment = {} if given else {variable: value}
            _, calls = checkout.make(target, *given, environment=environment)
            assert [option in arguments for arguments in programs_of(calls)] == [value == "1"]


@pytest.mark.parametrize("value", sampled(HOSTILE, *SAMPLE))
def test_an_option_for_uv_is_one_word(checkout: Checkout, value: str) -> None:
    """UPGRADE goes to each of uv's runs."""
    result, calls = checkout.make("lock", f"UPGRADE={value}")
    assert [arguments.count(value) for arguments in programs_of(calls)] == [1] * 6
    assert (result.returncode, [*checkout.root.parent.rglob("pwned*")]) == (0, [])


@pytest.mark.parametrize("value", sampled(HOSTILE, *SAMPLE))
def test_a_room_is_a_folder_of_the_tests(checkout: Checkout, value: str) -> None:
    """With ROOM the tests of one folder run."""
    result, calls = checkout.make("test", f"ROOM={value}")
    [arguments] = programs_of(calls)
    assert arguments[:2] == ("-m", "pytest")
    assert arguments[-1] == f"tests/{value}"
    assert "--cov" not in arguments
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(("target", "is_measured"), [("test", False), ("cover", True)])
def test_without_a_room_the_tests_of_every_folder_run(checkout: Checkout, target: str, is_measured: bool) -> None:
    """`make cover` measures what they cover."""
    _, calls = checkout.make(target)
    [arguments] = programs_of(calls)
    assert ("--cov" in arguments) == is_measured
    assert not [word for word in arguments if word.startswith("tests/")]


def test_the_programs_of_check_all_run(checkout: Checkout) -> None:
    """Two linters, the project's own checks and two type checkers."""
    result, calls = checkout.make("check")
    called = sorted(arguments[1:3] for arguments in programs_of(calls))
    assert called == [("mypy",), ("ruff", "check"), ("ruff", "format"), ("tools.check",), ("tools.check.pyright",)]
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("program", ["ruff", "tools.check.pyright", "tools.check", "mypy"])
def test_check_fails_if_one_of_its_programs_does(checkout: Checkout, program: str) -> None:
    """Some run side by side, and none of their failures is lost."""
    python = checkout.root / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\n[ "$2" != "{program}" ]\n')
    result, _ = checkout.make("check")
    assert result.returncode != 0


@pytest.mark.parametrize("value", PATHS)
def test_an_image_is_found_from_where_make_was_called(checkout: Checkout, tmp_path: Path, value: str) -> None:
    """A relative IMAGE is one of the caller's folder, though the example runs in the checkout."""
    (tmp_path / "else where").mkdir()
    where = (tmp_path / "else where").resolve()
    in_checkout = ["-C", str(checkout.root)]
    from_elsewhere = ["-f", str(checkout.root / "Makefile")]
    for place, folder in ((in_checkout, checkout.root.resolve()), (from_elsewhere, where)):
        for name in (value, f"/{value}"):
            for given, environment in ((f"IMAGE={name}",), {}), ((), {"IMAGE": name}):
                _, calls = checkout.make(*place, "run", *given, cwd=where, environment=environment)
                assert [call.image for call in calls] == [str(folder / name) if name == value else name]
                assert [call.folder for call in calls] == [str(checkout.root.resolve())]
    assert not [*tmp_path.rglob("pwned*")]


def test_no_image_is_none(checkout: Checkout) -> None:
    """Without IMAGE, or with an empty one, the example draws its own."""
    for given in ((), ("IMAGE=",)):
        _, calls = checkout.make("run", *given)
        assert [call.image for call in calls] == [""]


@pytest.mark.parametrize("value", PATHS)
def test_an_unknown_variable_is_not_run(checkout: Checkout, value: str) -> None:
    """Make hands on every variable of its command line: also those that no recipe knows are text."""
    result, _ = checkout.make("fuzz", f"IMAGE={value}", f"ANYTHING={value}", f"MY_TEXT={value}")
    assert (result.returncode, result.stderr) == (0, "")
    assert not [*checkout.root.parent.rglob("pwned*")]


# Environments

EVERYTHING = [
    *("help", "setup", "run", "serve", "test", "faults", "fuzz", "soak", "bench", "bench-check", "test-all"),
    *("test-machines", "check"),
    *("format", "generate", "pin", "pin-check", "diff", "vendor", "vendor-check", "docs", "picture", "lock", "clean"),
]


@pytest.mark.parametrize("value", sampled([*HOSTILE, "a b/c d"], *SAMPLE, "a b/c d"))
def test_an_environment_can_be_anywhere(checkout: Checkout, tmp_path: Path, value: str) -> None:
    """VENV is one folder, from where make is called; it is made once, and every program runs in it."""
    (tmp_path / "else where").mkdir()
    where = (tmp_path / "else where").resolve()
    arguments = ["-f", str(checkout.root / "Makefile"), f"VENV={value}"]
    made, calls = checkout.make(*arguments, "setup", cwd=where)
    environment = where / value
    assert (made.returncode, made.stderr) == (0, f"setup: making {environment}\n")
    root = checkout.root.resolve()
    assert [(call.python, call.folder, call.arguments[:3]) for call in calls if call.arguments[0] != "-c"] == [
        (str(checkout.python), str(where), ("-m", "venv", str(environment))),
        *[(str(environment / "bin" / "python"), str(where), ("-m", "pip", "install"))] * 2,
        (str(environment / "bin" / "python"), str(root), ("-m", "pip", "install")),
    ]
    again, calls = checkout.make(*arguments, "setup", "fuzz", "generate", cwd=where)
    assert (again.returncode, again.stderr) == (0, "")
    assert [call.python for call in calls] == [str(environment / "bin" / "python")] * 2
    assert [path.name for path in where.iterdir()] == [value.split("/")[0]]


@pytest.mark.parametrize("name", sampled(HOSTILE, *SAMPLE))
def test_an_interpreter_can_be_anywhere(checkout: Checkout, tmp_path: Path, name: str) -> None:
    """PYTHON is one path, whatever is in it, and relative to where make is called."""
    folder = tmp_path / "pythons" / name
    folder.mkdir(parents=True)
    shutil.copy(checkout.python, folder / "python")
    for given, environment in ((f"PYTHON=./{name}/python",), {}), ((), {"PYTHON": f"./{name}/python"}):
        place = ["-f", str(checkout.root / "Makefile"), "vendor", f"VENV={folder / 'env'}", "setup"]
        result, calls = checkout.make(*place, *given, cwd=folder.parent, environment=environment)
        assert (result.returncode, result.stderr) == (0, f"setup: making {folder / 'env'}\n")
        assert calls[0].python == f"./{name}/python"
        shutil.rmtree(folder / "env")
    assert not [*tmp_path.rglob("pwned*")]


@pytest.mark.parametrize("python", ["no such python", "python3 -c 1", "/"])
def test_a_missing_interpreter_is_said(checkout: Checkout, python: str) -> None:
    """What cannot be run is said with what to do, and nothing else happens."""
    result, calls = checkout.make("vendor", f"PYTHON={python}")
    assert (result.returncode, calls) == (2, [])
    assert result.stdout == "Python 3.11 or newer is needed; name one with: make PYTHON=python3.11\n"


@pytest.mark.parametrize("source", ["requirements-dev.txt", "pyproject.toml", "benchmarks/requirements.txt"])
def test_an_environment_is_made_again_if_its_sources_are_newer(checkout: Checkout, source: str) -> None:
    """A change of the locked requirements is installed with the next target that needs them."""
    target = "bench" if source.startswith("benchmarks") else "fuzz"
    _, calls = checkout.make(target)
    assert len(calls) == 1
    ready = checkout.root / (".venv-bench" if target == "bench" else ".venv") / "ready"
    newer = ready.stat().st_mtime + 10
    os.utime(checkout.root / source, (newer, newer))
    _, calls = checkout.make(target)
    assert ("-m", "pip", "install") in [call.arguments[:3] for call in calls]


# Checkouts


def make_is_old() -> bool:
    """Whether make is the GNU make 3.81 of macOS."""
    return run_make("--version", cwd=ROOT).stdout.startswith("GNU Make 3.")


@pytest.mark.parametrize("name", FOLDERS)
def test_a_checkout_can_be_anywhere(tmp_path: Path, name: str) -> None:
    """Whatever its folder is called, every target runs its programs in it, from there and from elsewhere."""
    checkout = stub_checkout(tmp_path / name / "my projects" / "iv")
    root = checkout.root.resolve()
    (tmp_path / "elsewhere").mkdir()
    before = {path for path in tmp_path.rglob("*") if path.name != "record"}
    for place in ([], ["-C", str(root)], ["-f", str(root / "Makefile")]):
        if "-f" in place and "$" in name and make_is_old():
            continue  # it expands the path before it reads the file
        where = tmp_path / "elsewhere" if place else root
        result, calls = checkout.make(*place, *EVERYTHING, cwd=where)
        assert (result.returncode, result.stderr) == (0, "")
        assert "generate      write the client" in result.stdout
        assert {call.python for call in calls} == {
            str(checkout.python),
            str(root / ".venv" / "bin" / "python"),
            str(root / ".venv-bench" / "bin" / "python"),
            str(root / ".venv-docs" / "bin" / "python"),
            str(root / ".venv-machines" / "bin" / "python"),
        }
        here = {where.resolve(), root}
        assert {call.folder for call in calls} <= {str(folder) for folder in here}
        assert calls[-1].arguments == ("-P", "-m", "tools.clean", f"--venv={root / '.venv'}")
    assert {path for path in tmp_path.rglob("*") if path.name != "record"} == before


def test_a_checkout_is_found_behind_other_makefiles(checkout: Checkout, tmp_path: Path) -> None:
    """Make reads those that MAKEFILES names first."""
    (tmp_path / "first.mk").touch()
    environment = {"MAKEFILES": str(tmp_path / "first.mk")}
    result, calls = checkout.make("fuzz", environment=environment)
    assert (result.returncode, calls[0].folder) == (0, str(checkout.root.resolve()))


def test_the_folder_of_the_checkout_cannot_be_given(checkout: Checkout, tmp_path: Path) -> None:
    """A ROOT or a CURDIR of the caller's is another one."""
    for given in ("ROOT=/", f"ROOT={tmp_path}"):
        _, calls = checkout.make("fuzz", "clean", given, environment={"ROOT": "/"})
        assert calls[0].folder == str(checkout.root.resolve())
        assert calls[-1].arguments[-1] == f"--venv={checkout.root.resolve() / '.venv'}"


def test_a_folder_of_the_search_path_is_not_taken_for_the_checkout(checkout: Checkout, tmp_path: Path) -> None:
    """CDPATH sends `cd` elsewhere, and has it print where."""
    (tmp_path / "other" / "checkout").mkdir(parents=True)
    arguments = ["-f", "checkout/Makefile", "fuzz"]
    _, calls = checkout.make(*arguments, cwd=tmp_path, environment={"CDPATH": str(tmp_path / "other")})
    assert calls[0].folder == str(checkout.root.resolve())


# The whole of it


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A copy of this checkout, with this environment, in an odd folder."""
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")
    # Were it not quoted, it should still name nothing of this machine.
    root = tmp_path / "it's $NOWHERE; `x` $(touch pwned)" / 'my "projects"' / "iv"
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    (root / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        (root / ".venv" / path.name).symlink_to(path)
    (root / ".venv" / "ready").unlink(missing_ok=True)
    (root / ".venv" / "ready").touch()
    return root


@pytest.mark.slow
def test_a_checkout_in_an_odd_folder_works(real: Path, tmp_path: Path) -> None:
    """The targets do there what they do elsewhere."""
    committed = files_in(real / "generated")
    (real / "generated" / "image_variations" / "types.py").unlink()
    spec, copy = f"SPEC={real / 'openapi.yaml'}", ("DEST=a b/$(touch pwned)", "NAME=otters")
    for target in (
        ("help",),
        ("generate",),
        ("diff", spec),
        ("vendor", *copy),
        ("vendor-check", *copy, "LATEST=1"),
    ):
        result = run_make(*target, f"PYTHON={sys.executable}", cwd=real)
        assert result.returncode == 0, result.stderr
    assert files_in(real / "generated") == committed
    assert (real / "a b" / "$(touch pwned)" / "otters" / "types.py").exists()
    assert not [*tmp_path.rglob("pwned")]


def test_make_clean_takes_nothing_from_around_the_checkout(real: Path, tmp_path: Path) -> None:
    """Neither the words of its path nor an environment elsewhere are removed, and links are not followed."""
    (tmp_path / "it's").mkdir()
    (tmp_path / "elsewhere" / "bin").mkdir(parents=True)
    (tmp_path / "elsewhere" / "pyvenv.cfg").touch()
    environment = real / ".venv"
    before = paths_below(tmp_path) - {environment, *environment.iterdir()}
    for venv in ("", f"VENV={tmp_path / 'elsewhere'}", "VENV=../../../elsewhere", "VENV=..", "VENV=.", "VENV=tests"):
        assert run_make("clean", f"PYTHON={sys.executable}", *filter(None, [venv]), cwd=real).returncode == 0
    assert paths_below(tmp_path) == before
    assert Path(sys.executable).exists()


def paths_below(folder: Path) -> set[Path]:
    """Every path below a folder, but for what Python caches."""
    return {path for path in folder.rglob("*") if path.name != "__pycache__" and path.suffix != ".pyc"}
