"""`make repin`: its exit status, its report, and the working tree afterwards."""

import hashlib
import http.server
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import redirect_stderr
from pathlib import Path

import pytest
from attrs import frozen

from tests.support.contracts import document
from tests.support.sampling import sampled, slow
from tools.openapi.provenance import provenance_of
from tools.paths import ROOT
from tools.repin.__main__ import main
from tools.repin.checkout import copy_checkout
from tools.repin.tests import run_tests
from tools.repin.trial import FailedError, Trial

UPSTREAM = document("security_present").read_text(encoding="utf-8")
PROSE = UPSTREAM.replace("Varies a picture.", "Varies a picture at a price.")
TITLE = "        title: {type: string, nullable"
ADDED = UPSTREAM.replace(TITLE, f"        mood: {{type: string}}\n{TITLE}")
TESTS = """\
import pathlib
PIN = pathlib.Path(__file__).parents[1] / "openapi.yaml"
def test_picture(): assert "image:" in PIN.read_text()
def test_title(): assert "title:" in PIN.read_text().partition("properties:")[2]
"""
"""The tests of the small checkout: the second one holds the pin as it is."""
ALL_TESTS = """\
import pathlib, pytest, pin
@pytest.mark.parametrize("name", ["image - user"])
def test_pin(name): assert hasattr(pin, "USER")
def test_broken(): assert 0, "no - reason"
def test_all_is_well(): pathlib.Path("all ran").touch()
def test_chance():
    if not (ran := pathlib.Path("chance")).exists():
        ran.touch()
        assert 0
"""
REMOVED = "\n".join(line for line in UPSTREAM.split("\n") if not line.startswith(TITLE))


@frozen
class Ran:
    """A run of the command: its exit status, what it said, and its report."""

    status: int
    said: str
    report: str


@frozen
class Checkout:
    """A checkout of this project, pinned to a small document."""

    root: Path
    folder: Path

    def start(self, *options: str | Path) -> subprocess.Popen[str]:
        """Start the command in the checkout, in a process of its own."""
        command = [sys.executable, "-P", "-m", "tools.repin", f"--report={self.folder / 'report.md'}", *options]
        # So few tests need no processes of their own.
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTEST_XDIST_AUTO_NUM_WORKERS": "0"}
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=self.folder)

    def repin(self, *options: str | Path, checks: str = "true") -> Ran:
        """Run the command within this process, which spares it the start of its own."""
        with redirect_stderr(io.StringIO()) as said:
            report = self.folder / "report.md"
            status = main([f"--report={report}", f"--checks={checks}", *map(str, options)], self.root)
        return Ran(status, said.getvalue(), report.read_text())

    def write(self, text: str) -> Path:
        """Write a version of the document."""
        path = self.folder / "upstream.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def state(self) -> Mapping[str, str]:
        """The hash of each file but the compiled ones, by its path."""
        files = [path for path in self.root.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        return {str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def tool(self, name: str, *options: str) -> None:
        """Run another program of the checkout."""
        command = [sys.executable, "-P", "-m", f"tools.{name}", *options]
        subprocess.run(command, env={**os.environ, "PYTHONPATH": str(self.root)}, check=True, capture_output=True)


@pytest.fixture(scope="module")
def pinned(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout whose pin and package are those of the small document, with a few tests."""
    folder = tmp_path_factory.mktemp("pinned")
    made = Checkout(folder / "client", folder)
    copy_checkout(ROOT, made.root)
    shutil.rmtree(made.root / ".git", ignore_errors=True)
    shutil.rmtree(made.root / "tests")
    (made.root / "tests").mkdir()
    (made.root / "tests" / "test_pin.py").write_text(TESTS)
    (made.root / "openapi.yaml").unlink()
    made.tool("pin", "--spec", str(made.write(UPSTREAM)), "--operations", "createImageVariation")
    made.tool("generate")
    return made


@pytest.fixture
def checkout(pinned: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Such a checkout of this test's own."""
    shutil.copytree(pinned.root, tmp_path / "client")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "0")
    # Its tests need the plugins that its settings name, and to import any other takes longer than to run them.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin,pytest_asyncio.plugin")
    return Checkout(tmp_path / "client", tmp_path)


@pytest.mark.parametrize("text", [slow(UPSTREAM), slow(PROSE)], ids=["the same", "other prose"])
def test_a_document_that_says_nothing_new_leaves_the_tree_as_it_was(checkout: Checkout, text: str) -> None:
    """The pin leaves upstream's prose out, so another wording is nothing new."""
    before = checkout.state()
    ran = checkout.repin("--spec", checkout.write(text))
    assert (ran.status, checkout.state()) == (0, before)
    assert ran.said == "repin: openapi.yaml says what upstream.yaml says; nothing was changed\n"
    assert ran.report.startswith("# Nothing new\n")


def test_an_optional_field_comes_into_pin_and_package(checkout: Checkout) -> None:
    """No caller feels it: 10. The report names the change, what it touches and what was run."""
    before = checkout.state()
    ran = checkout.repin("--spec", checkout.write(ADDED), checks="grep -q mood generated/*/api/*/*.py")
    assert ran.status == 10, ran.said
    changed = {path for path, digest in checkout.state().items() if before.get(path) != digest}
    assert "openapi.yaml" in changed
    assert {path.split("/")[0] for path in changed} == {"openapi.yaml", "generated"}
    assert "mood" in (checkout.root / "openapi.yaml").read_text()
    assert "nothing breaks" in ran.report
    assert "- `create_image_variation`" in ran.report
    assert "| `grep -q mood generated/*/api/*/*.py` | passed |" in ran.report
    assert "| `make test` | 2 passed |" in ran.report


def test_a_field_that_goes_breaks_callers(checkout: Checkout) -> None:
    """It is taken over all the same, with 20, and the changelog says so; a test that holds the old pin is to adapt."""
    ran = checkout.repin("--spec", checkout.write(REMOVED))
    assert ran.status == 20, ran.said
    assert (
        "title" not in (checkout.root / "openapi.yaml").read_text().partition("components:")[2].partition("created")[0]
    )
    assert "- Breaks callers: " in (checkout.root / "CHANGELOG.md").read_text()
    assert "1 breaks callers" in ran.report
    assert "| `make test` | 1 passed, 1 to adapt |" in ran.report
    assert (
        "## Tests to adapt: they pass with the old pin, and hold it as it was\n\n- `tests/test_pin.py::test_title`"
        in ran.report
    )


@pytest.mark.parametrize(
    ("text", "checks", "reason"),
    [
        ("openapi: [", "true", "upstream.yaml"),
        (UPSTREAM.replace("createImageVariation", "varyImage"), "true", "createImageVariation"),
        (ADDED, "echo it does not work; false", "exit status 1"),
    ],
    ids=["no document", "no operation", "a check fails"],
)
def test_a_failure_leaves_the_tree_as_it_was(checkout: Checkout, text: str, checks: str, reason: str) -> None:
    """The exit status is 1, and both the report and the command say why."""
    before = checkout.state()
    ran = checkout.repin("--spec", checkout.write(text), checks=checks)
    assert (ran.status, checkout.state()) == (1, before)
    assert ran.report.startswith("# The re-pin failed\n")
    assert reason in ran.said
    assert reason in ran.report
    assert list((checkout.folder / "tmp").iterdir()) == []


def test_an_edited_package_is_not_overwritten(checkout: Checkout) -> None:
    """The edit would be lost, so nothing is written."""
    client = checkout.root / "generated" / "image_variations" / "client.py"
    client.write_text(client.read_text() + "# mine\n")
    before = checkout.state()
    ran = checkout.repin("--spec", checkout.write(ADDED))
    assert (ran.status, checkout.state()) == (1, before)
    assert "client.py: has been edited" in ran.report


@pytest.mark.parametrize(
    ("meanwhile", "reason"),
    [
        ("echo >> '{root}/openapi.yaml'; cp '{root}/openapi.yaml' '{folder}/edited'", "was edited in the meantime"),
        slow("mkdir '{root}/.openapi.yaml.'$PPID", "failed; nothing was changed"),
    ],
    ids=["an edit", "a pin that cannot be written"],
)
def test_what_happens_to_the_tree_meanwhile_is_not_overwritten(checkout: Checkout, meanwhile: str, reason: str) -> None:
    """Neither is an edit of the pin lost, nor does the new package stay without its pin."""
    before = checkout.state()
    ran = checkout.repin(
        "--spec", checkout.write(ADDED), checks=meanwhile.format(root=checkout.root, folder=checkout.folder)
    )
    edited = checkout.folder / "edited"
    if edited.exists():
        before = {**before, "openapi.yaml": hashlib.sha256(edited.read_bytes()).hexdigest()}
    assert (ran.status, checkout.state()) == (1, before)
    assert reason in ran.said


@pytest.mark.parametrize(
    "number", sampled([signal.SIGKILL, signal.SIGTERM], signal.SIGTERM), ids=["killed", "terminated"]
)
def test_a_run_that_is_killed_leaves_the_tree_as_it_was(checkout: Checkout, number: signal.Signals) -> None:
    """The next run does all of it."""
    before, reached = checkout.state(), checkout.folder / "reached"
    # The command reads what the check prints, or the check would not come to an end of it.
    checks = f"head -c 200000 /dev/zero; echo $$ > '{reached}'; exec sleep 60"
    process = checkout.start("--spec", checkout.write(ADDED), "--checks", checks)
    while not (reached.exists() and reached.read_text().endswith("\n")):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate()
    assert checkout.state() == before
    if number == signal.SIGTERM:
        assert process.returncode == 1
        assert "SIGTERM ended the run" in (checkout.folder / "report.md").read_text()
        with pytest.raises(ProcessLookupError):  # what it had started has ended with it
            os.kill(int(reached.read_text()), 0)
    else:
        os.kill(int(reached.read_text()), signal.SIGKILL)
        assert checkout.repin("--spec", checkout.write(ADDED)).status == 10


class _Upstream(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Send the newest version."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PROSE.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
        """Say nothing on standard error, where the command speaks."""


@pytest.fixture
def address() -> Generator[str]:
    """Where the newest version of the document is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/openapi.yaml"
    server.shutdown()
    thread.join()
    server.server_close()


def test_without_a_document_it_reads_what_the_pin_follows(checkout: Checkout, address: str) -> None:
    """The pin's header names the address of the newest version."""
    pin = checkout.root / "openapi.yaml"
    checkout.tool("pin", "--spec", str(checkout.write(UPSTREAM)), "--source", address)
    provenance = provenance_of(pin.read_text())
    assert provenance is not None
    assert provenance.follows == address
    before = checkout.state()
    ran = checkout.repin()
    assert ran.said == f"repin: openapi.yaml says what {address} says; nothing was changed\n"
    assert (ran.status, checkout.state()) == (0, before)
    assert ran.report.startswith("# Nothing new\n")


@pytest.mark.parametrize(
    "options",
    [["--commit", "abc"], ["--report", "/nowhere/report.md"], ["--frequency", "weekly"]],
    ids=["no commit", "no folder", "no option"],
)
def test_wrong_usage_has_a_status_of_its_own(capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    """It is 2, and nothing is read."""
    with pytest.raises(SystemExit) as end:
        main(["--spec", "nowhere.yaml", *options])
    assert "usage: repin" in capsys.readouterr().err
    assert end.value.code == 2


def test_only_a_test_that_passes_with_the_old_pin_is_to_adapt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fails with the old pin too, and one that passes when it runs again, are listed apart."""
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "0")
    new, old = tmp_path / "new", tmp_path / "old"
    for folder in (new, old):
        folder.mkdir()
        (folder / "test_all.py").write_text(ALL_TESTS)
        (folder / "test_gone.py").write_text("from pin import USER\ndef test_user(): pass\n")
        (folder / "test_wrong.py").write_text("import nowhere\n")
        (folder / "pin.py").write_text("USER = 1\n" if folder == old else "")
    said: list[str] = []
    proof, failures = run_tests(Trial(new), lambda: Trial(old), said.append)
    assert failures.to_adapt == ["test_all.py::test_pin[image - user]", "test_gone.py"]
    assert failures.failed_before == ["test_all.py::test_broken", "test_wrong.py"]
    assert failures.failed_once == ["test_all.py::test_chance"]
    assert proof.result == "1 passed, 2 to adapt, 2 failed before as well, 1 passed when run again"
    assert said == ["make test", "5 tests fail: run them again, then with the pin as it was"]
    assert not (old / "all ran").exists(), "what passed does not run again"


def test_tests_that_cannot_be_run_prove_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is no proof."""
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "0")
    (tmp_path / "generated").mkdir()
    with pytest.raises(FailedError, match="exit status 5"):
        Trial(tmp_path).tests()
