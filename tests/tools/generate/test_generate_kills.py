"""`make generate` that is killed: the old package or the new one is there, and the next run leaves nothing behind."""

import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.copies import without_privileges
from tests.support.generation import PIN
from tests.support.packages import pins_files, put, tree
from tests.support.sampling import slow
from tools.check.files import files_in
from tools.generate.generate import generate
from tools.generate.write import write
from tools.package import replacement
from tools.package.errors import EditedError, PlaceError
from tools.package.manifest import MANIFEST, Manifest, sha256
from tools.package.replacement import locked
from tools.paths import ROOT, SETTINGS

KILLED = """
import os, signal, sys

steps, folder, changes = int(sys.argv.pop(1)), sys.argv.pop(1), sys.argv.pop(1).split()

def watch(event, arguments):
    global steps
    if event in changes and str(arguments[0]).startswith(folder):
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        steps -= 1

sys.addaudithook(watch)
"""
"""A program that kills itself just before it changes something in a folder for the n-th time (PEP 578)."""

WRITES = """
import json
from pathlib import Path
from tools.generate.write import write

files = {path: content.encode() for path, content in json.load(sys.stdin).items()}
write(Path(sys.argv[1]), files, force=False)
"""

GENERATES = f"""
import runpy

sys.argv.insert(1, "--out")
sys.argv += ["--config", {str(SETTINGS)!r}]
runpy.run_module("tools.generate", run_name="__main__")
"""


CHANGES = "open os.mkdir os.link os.rename os.remove os.rmdir os.chmod"


def start(program: str, steps: int, out: Path, changes: str = CHANGES, stdin: str = "") -> int:
    """Run a program for a package's folder that kills itself before a change of these kinds; returns its status."""
    command = [sys.executable, "-P", "-c", KILLED + program, str(steps), str(out.parent), changes, str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, env=environment, input=stdin.encode(), check=False, capture_output=True).returncode


def small(version: str, **modules: str) -> Mapping[str, bytes]:
    """The files of a small package: modules by their names."""
    files = {f"{name.replace('__', '/')}.py": f"{text}\n".encode() for name, text in modules.items()}
    manifest = Manifest(version, "0" * 64, None, "a generator", {path: sha256(text) for path, text in files.items()})
    return {**files, MANIFEST: manifest.rendered()}


OLD = small("1", client="old", models__image="old", models__retired="old")
NEW = small("2", client="new", models__image="new", models__added="new")
OWN = {"mine.py": b"mine\n", ".git/HEAD": b"ref: refs/heads/main\n"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An old package, with files in it that are somebody's own."""
    out = tmp_path / "here" / "package"
    put(out, OLD)
    for name, content in OWN.items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_bytes(content)
    return out


def test_killed_at_any_step_it_leaves_the_old_package_or_the_new_one(out: Path, tmp_path: Path) -> None:
    """Whole, with somebody's own files in it, but between two renames; the next run leaves that package alone."""
    start_folder = shutil.copytree(out.parent, tmp_path / "start")
    stdin = json.dumps({path: content.decode() for path, content in NEW.items()})
    seen: list[str] = []
    while not seen or seen[-1] != "done":
        shutil.rmtree(out.parent)
        shutil.copytree(start_folder, out.parent)
        status = start(WRITES, len(seen), out, stdin=stdin)
        assert status in (0, -signal.SIGKILL)
        found = files_in(out) if out.exists() else None
        states = {"old": {**OLD, **OWN}, "new": {**NEW, **OWN}, "between": None}
        [state] = [name for name, files in states.items() if files == found]
        put(out, NEW)
        assert files_in(out) == {**NEW, **OWN}, state
        assert [path.name for path in out.parent.iterdir()] == ["package"], state
        seen.append("done" if status == 0 else state)
    assert seen.count("between") == 1
    assert seen == sorted(seen, key=["old", "between", "new", "done"].index)
    assert len(seen) > 20


@pytest.mark.parametrize(
    ("change", "steps"), [slow("open", 40), slow("os.rename", 0), ("os.rename", 1), slow("os.remove", 2)]
)
def test_the_command_killed_at_work_is_undone_or_finished_by_the_next_run(out: Path, change: str, steps: int) -> None:
    """While it writes, before each rename, and while it removes the old package."""
    assert start(GENERATES, steps, out, change) == -signal.SIGKILL
    generate(PIN, out, config=SETTINGS)
    assert files_in(out) == {**pins_files(), **OWN}
    assert [path.name for path in out.parent.iterdir()] == ["package"]


def test_an_edit_of_a_package_that_was_moved_away_is_found(out: Path) -> None:
    """The next run moves it back before it looks: the edit stops it as if nothing had been begun."""
    (out / "client.py").write_text("mine\n")
    before = tree(out)
    out.rename(out.with_name(".package.vendor-old"))
    shutil.copytree(out.with_name(".package.vendor-old"), out.with_name(".package.vendor-new"))
    with pytest.raises(EditedError):
        put(out, NEW)
    assert tree(out) == before
    assert [path.name for path in out.parent.iterdir()] == ["package"]


def test_files_of_a_package_that_was_moved_away_come_back_though_it_was_restored(out: Path) -> None:
    """Git restores what it has; what it has not is where the run was killed, and nowhere else."""
    out.rename(out.with_name(".package.vendor-old"))
    put_elsewhere = out.with_name("elsewhere")
    put(put_elsewhere, OLD)
    put_elsewhere.rename(out)
    put(out, NEW)
    assert files_in(out) == {**NEW, **OWN}
    assert [path.name for path in out.parent.iterdir()] == ["package"]


def test_what_is_not_of_a_package_that_was_moved_away_is_never_removed(out: Path) -> None:
    """Where the package that is there has another file of its name, the command stops, and says where it is."""
    aside = out.with_name(".package.vendor-old")
    shutil.copytree(out, aside)
    (aside / "mine.py").write_text("written meanwhile\n")
    for _ in range(2):
        with pytest.raises(PlaceError, match=rf"{aside}: .*; move it: mine\.py$"):
            put(out, NEW)
    assert files_in(aside) == {"mine.py": b"written meanwhile\n"}
    assert files_in(out) == {**OLD, **OWN}


@pytest.mark.parametrize("name", [".package.vendor-old", ".package.vendor-new"])
def test_a_file_where_the_command_would_work_is_left_alone(out: Path, name: str) -> None:
    """It is no folder of ours, and is named."""
    out.with_name(name).write_text("mine")
    with pytest.raises(PlaceError, match=f"{name}: stands in the way; move it"):
        put(out, NEW)
    assert out.with_name(name).read_text() == "mine"
    assert files_in(out) == {**OLD, **OWN}


def test_a_file_that_appears_while_the_package_is_replaced_is_kept(out: Path) -> None:
    """Nobody looked at it: it goes to the new package, though it was written to the old one."""
    looked_at = [*OLD, *OWN]
    (out / "models" / "late.py").write_text("late\n")
    replacement.replace(out, NEW, OWN, dropped={*looked_at} - {*OWN})
    assert files_in(out) == {**NEW, **OWN, "models/late.py": b"late\n"}
    assert [path.name for path in out.parent.iterdir()] == ["package"]


def test_write_protected_folders_leave_nothing_behind(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in a run nor after one that was killed; the new folders have the permissions of the old ones."""
    (out / "models").chmod(0o555)
    out.chmod(0o750)
    shutil.copytree(out, out.with_name(".package.vendor-new"))
    for path in (out.parent, *out.parent.rglob("*")):
        if os.geteuid() == 0:
            os.chown(path, 65534, 65534)
    monkeypatch.chdir(out.parent)  # the folders above are closed to others
    with without_privileges():
        write(Path("package"), NEW, force=False)
    assert files_in(out) == {**NEW, **OWN}
    assert [path.name for path in out.parent.iterdir()] == ["package"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (out, out / "models")] == [0o750, 0o555]


def test_files_that_cannot_have_a_second_name_are_copied(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems have no hard links."""

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    (out / "link").symlink_to("/nowhere")
    (out / "mine.py").chmod(0o740)
    put(out, NEW)
    assert files_in(out) == {**NEW, **OWN}
    assert stat.S_IMODE((out / "mine.py").stat().st_mode) == 0o740
    assert (out / "link").readlink() == Path("/nowhere")


def test_a_full_disk_leaves_the_old_package(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the system refuses: nothing is changed, and nothing stays beside."""
    before = tree(out)
    for name in ("link", "fsync", "mkdir"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, _full)
            with pytest.raises(OSError, match="No space left"):
                put(out, NEW)
        assert tree(out) == before
        assert [path.name for path in out.parent.iterdir()] == ["package"]


def _full(*arguments: object, **options: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_all_is_on_the_disk_before_it_is_renamed(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file and each folder of the new package, then the folder of the package once it is renamed."""
    synced: list[int] = []
    at_rename: list[int] = []
    fsync, rename = os.fsync, Path.rename

    def note_sync(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    def note_rename(path: Path, target: Path) -> Path:
        at_rename.append(len(synced))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "rename", note_rename)
    put(out, NEW)
    written = {(out / path).stat().st_ino for path in NEW} | {path.stat().st_ino for path in (out, out / "models")}
    assert written <= set(synced[: at_rename[0]])
    assert synced[at_rename[-1] :] == [out.parent.stat().st_ino]


def test_two_runs_at_once_come_one_after_the_other(tmp_path: Path) -> None:
    """Neither fails, and the package is whole."""
    out = tmp_path / "package"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    content = json.dumps({path: content.decode() for path, content in NEW.items()}).encode()
    command = [sys.executable, "-P", "-c", f"import sys\n{WRITES}", str(out)]
    with locked(tmp_path):
        runs = [subprocess.Popen(command, env=environment, stdin=subprocess.PIPE) for _ in range(2)]
        for process in runs:
            assert process.stdin is not None
            process.stdin.write(content)
            process.stdin.close()
    assert [process.wait() for process in runs] == [0, 0]
    assert files_in(out) == NEW
    assert [path.name for path in tmp_path.iterdir()] == ["package"]
