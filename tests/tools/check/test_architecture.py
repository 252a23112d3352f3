"""The picture in `docs/architecture.md`: it is drawn from the imports, and `make check` sees when it is not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.check.architecture import PAGE, draw, draw_checkout, replace_picture, room_of, stale_picture, write_picture
from tools.paths import ROOT

ROOMS = ("client", "call", "request")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the tools, of the client, and of the page."""
    for name in ("tools", "generated", "cli", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_committed_picture_is_that_of_the_imports() -> None:
    """The page shows what the command draws."""
    assert stale_picture(ROOT) == []


def test_a_new_import_changes_the_picture(checkout: Path) -> None:
    """The page that lacks its arrow is named with the command that draws it, and that command mends it."""
    module = checkout / "tools" / "pin" / "changelog.py"
    module.write_text(f"import tools.pythons\n{module.read_text()}")
    [complaint] = stale_picture(checkout)
    assert complaint == f"{checkout / PAGE}: shows other imports than there are; run `make picture`"
    write_picture(checkout)
    assert "tools_pin[pin] --> tools_pythons[pythons]" in (checkout / PAGE).read_text()
    assert stale_picture(checkout) == []


def test_the_command_draws_the_checkout_that_it_is_run_in(checkout: Path) -> None:
    """`python -m tools.check.architecture` writes the page of its own checkout, wherever it is called."""
    page = checkout / PAGE
    page.write_text(page.read_text().replace("tools_pin[pin]", "tools_pin[nothing]"))
    command = [sys.executable, "-P", "-m", "tools.check.architecture"]
    subprocess.run(command, check=True, cwd=checkout.parent, env={"PYTHONPATH": str(checkout)})
    assert page.read_text() == (ROOT / PAGE).read_text()


@pytest.mark.parametrize(
    ("module", "room"),
    [
        ("image_variations", "generated code"),
        ("image_variations.client", "generated code"),
        ("image_variations.models.image", "generated code"),
        ("image_variations._runtime", "ground"),
        ("image_variations._runtime.errors", "ground"),
        ("image_variations._runtime.client", "client"),
        ("image_variations._runtime.call.policy", "call"),
        ("image_variations_cli", "cli"),
        ("image_variations_cli.batch.run", "cli/batch"),
        ("tools", "tools"),
        ("tools.paths", "tools/paths"),
        ("tools.openapi.yaml", "tools/openapi"),
    ],
)
def test_each_module_has_a_room(module: str, room: str) -> None:
    """The runtime has rooms and a ground, the rest of the client is generated code, tools/ and cli/ have packages."""
    assert room_of(module, ROOMS) == room


def test_an_arrow_that_others_imply_is_not_drawn() -> None:
    """From the call to the ground there is a way through the request; a room does not import itself."""
    arrows = {("call", "request"), ("request", "ground"), ("call", "ground"), ("call", "call")}
    lines = [line.strip() for line in draw(arrows).splitlines() if "-->" in line]
    assert lines == [
        "client_call[call] --> client_request[request]",
        "client_request[request] --> client_ground[ground]",
    ]


def test_rooms_that_import_each_other_are_both_drawn() -> None:
    """A circle does not hide itself."""
    lines = [line for line in draw({("call", "client"), ("client", "call")}).splitlines() if "-->" in line]
    assert len(lines) == 2


def test_the_command_and_the_tools_stand_apart_from_the_client() -> None:
    """Each has a box of its own, and its arrows may lead to another one."""
    arrows = {("call", "request"), ("tools/pin", "tools/paths"), ("cli/batch", "client")}
    command, client, tools = draw(arrows).split("subgraph")[1:]
    assert "cli_batch[batch] --> client_client[client]" in command
    assert "call" in client
    assert "pin" in tools


def test_a_page_without_a_place_for_the_picture_is_refused() -> None:
    """What was deleted is named."""
    with pytest.raises(ValueError, match=r"docs/architecture\.md lacks the lines <!-- `make picture`"):
        replace_picture("# Architecture\n", draw_checkout(ROOT))
