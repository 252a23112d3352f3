"""The modules of `_runtime/` that a package gets: those that it imports."""

from pathlib import Path

from tests.support.generation import COMMITTED, PIN, generated
from tools.check.files import files_in
from tools.generate.copy import copy_runtime, reachable
from tools.paths import TEMPLATES

RUNTIME = {
    "_runtime/__init__.py": b"",
    "_runtime/client.py": b"from .call import send\nfrom . import clock\n",
    "_runtime/call.py": b"def send() -> None:\n    from .rooms.first import enter\n",
    "_runtime/clock.py": b"",
    "_runtime/rooms/__init__.py": b"from . import hall\n",
    "_runtime/rooms/first.py": b"from ..errors import Failure\n",
    "_runtime/rooms/hall.py": b"",
    "_runtime/rooms/attic.py": b"from .first import enter\n",
    "_runtime/errors.py": b"",
    "_runtime/unused.py": b"from .client import Client\n",
}


def test_a_module_that_nothing_imports_is_left_out() -> None:
    """Imports are followed from the rendered modules on, also within functions, and with the packages around them."""
    rendered = {"client.py": b"from ._runtime.client import BaseClient\n", "api/images/make.py": b"import os\n"}
    assert RUNTIME.keys() - reachable(rendered, RUNTIME) == {"_runtime/rooms/attic.py", "_runtime/unused.py"}


def test_imports_from_folders_below_are_followed() -> None:
    """A module of `api/` imports from three folders above."""
    rendered = {"api/images/make.py": b"from ..._runtime import clock\n"}
    assert reachable(rendered, RUNTIME) == {"_runtime/__init__.py", "_runtime/clock.py"}


def test_what_is_copied_is_as_it_was_but_for_its_mark_and_the_base_error(tmp_path: Path) -> None:
    """Each module begins with the mark, and goes on with the bytes of its source, in which one name is another."""
    (tmp_path / "_runtime").mkdir()
    (tmp_path / "_runtime" / "clock.py").write_bytes(b"NOW = BaseErrors, BaseError\r\n")
    copied = copy_runtime(tmp_path, {"client.py": b"from ._runtime.clock import NOW\n"}, "# made\n", "OtterError")
    assert copied == {"_runtime/clock.py": b"# made\nNOW = BaseErrors, OtterError\r\n"}


def test_the_package_of_another_document_has_what_it_imports(tmp_path: Path) -> None:
    """No module of a package is missing or superfluous: every one is imported by another, or is its root."""
    with generated(PIN, tmp_path, "otters"):
        files = files_in(tmp_path / "otters")
    runtime = {path for path in files if path.startswith("_runtime/")}
    rendered = {path: content for path, content in files.items() if path.endswith(".py") and path not in runtime}
    assert reachable(rendered, {path: files[path] for path in runtime}) == runtime
    assert runtime == {path for path in files_in(COMMITTED) if path.startswith("_runtime/")}


def test_the_client_of_the_pin_is_without_what_it_does_not_use() -> None:
    """It sends one multipart form with a bearer key: it needs no parameters, no other bodies, no rules of arrays."""
    arrived = {path.name for path in (COMMITTED / "_runtime" / "request").glob("*.py")}
    written = {path.name for path in (TEMPLATES / "_runtime" / "request").glob("*.py")}
    unused = {
        *("array_rules.py", "named_keys.py", "nested_rules.py", "parameters.py"),
        *("file_body.py", "form_body.py", "json_body.py"),
    }
    assert unused <= written - arrived
