"""The picture in `docs/architecture.md`, drawn from the imports, and the names on that page.

    python -m tools.check.architecture

writes the picture, as `make picture` does. `make check` compares.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path

import grimp

from tools.paths import ROOT

PAGE = Path("docs") / "architecture.md"

_BEGIN = "<!-- `make picture` writes this picture. -->\n"
_END = "<!-- It ends here. -->\n"

_GENERATED = "generated code"
_GROUND = "ground"

_HOMES = {"tools": "tools", "image_variations_cli": "cli"}
"""The packages that have a part of the picture to themselves, and what that is called."""

_TITLES = {
    "cli/image_variations_cli": "cli",
    "generated/image_variations": "client",
    "tools": "tools",
}

Arrow = tuple[str, str]
"""Two modules, or two rooms. The first imports the second."""


def write_picture(root: Path) -> None:
    """Write the picture of a checkout's imports into its page."""
    page = root / PAGE
    page.write_text(replace_picture(page.read_text(encoding="utf-8"), draw_checkout(root)), encoding="utf-8")


def stale_picture(root: Path) -> list[str]:
    """Return a complaint if the page of a checkout shows another picture than its imports give."""
    page = root / PAGE
    text = page.read_text(encoding="utf-8")
    if replace_picture(text, draw_checkout(root)) == text:
        return []
    return [f"{page}: shows other imports than there are; run `make picture`"]


def replace_picture(page: str, picture: str) -> str:
    """Put a picture into a page, in place of the one that is there.

    Raises:
        ValueError: The page has no place for it.
    """
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"{PAGE} lacks the lines {_BEGIN.strip()} and {_END.strip()}")
    return f"{before}{begin}\n```mermaid\n{picture}```\n\n{end}{after}"


def draw_checkout(root: Path) -> str:
    """Draw the imports of a checkout."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [layers] = (contract["layers"] for contract in contracts if contract["id"] == "rooms")
    rooms = {name for layer in layers[:-1] for name in re.findall(r"\w+", layer)}
    return draw({(room_of(one, rooms), room_of(other, rooms)) for one, other in read_imports(root)})


def read_imports(root: Path) -> list[Arrow]:
    """Return the imports between the modules of a checkout's client, of its command and of its tools.

    A process of its own reads them, because the client of this checkout need not be the one that is installed.
    """
    path = os.pathsep.join([str(root), str(root / "generated"), str(root / "cli")])
    command = [sys.executable, "-P", "-c", "from tools.check import architecture; architecture.print_imports()"]
    environment = {**os.environ, "PYTHONPATH": path}
    printed = subprocess.run(command, check=True, cwd=root, env=environment, stdout=subprocess.PIPE, text=True).stdout
    return [(one, other) for one, other in map(str.split, printed.splitlines())]


def print_imports() -> None:
    """Print a line for each import."""
    graph = grimp.build_graph("image_variations", "image_variations_cli", "tools", cache_dir=None)
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            print(module, imported)


def room_of(module: str, rooms: Collection[str]) -> str:
    """Return the room of a module.

    It is one of the client's runtime, the rest of the client, or a part of `tools/` or of the command.
    """
    package, *inner = module.split(".")
    if package in _HOMES:
        return "/".join([_HOMES[package], *inner[:1]])
    if inner[:1] != ["_runtime"]:
        return _GENERATED
    return inner[1] if inner[1:] and inner[1] in rooms else _GROUND


def draw(arrows: Collection[Arrow]) -> str:
    """Draw which room imports which, for Mermaid. An arrow is left out if a way of other arrows leads there too."""
    direct = {arrow for arrow in arrows if arrow[0] != arrow[1]}
    needed = sorted(arrow for arrow in direct if not _has_detour(arrow, direct))
    lines = ["flowchart TB\n"]
    for title, home in _TITLES.items():
        lines += [f'    subgraph "{title}"\n']
        lines += [f"        {_node(one)} --> {_node(other)}\n" for one, other in needed if _home(one) == home]
        lines += ["    end\n"]
    return "".join(lines)


def _has_detour(arrow: Arrow, arrows: Collection[Arrow]) -> bool:
    start, end = arrow
    rest = [one for one in arrows if one != arrow]
    return end in _reach(start, rest)


def _reach(start: str, arrows: Iterable[Arrow]) -> set[str]:
    found, new = set[str](), {start}
    while new:
        new = {other for one, other in arrows if one in new} - found
        found |= new
    return found


def _home(room: str) -> str:
    home, separator, _ = room.partition("/")
    return home if separator or home in _HOMES.values() else "client"


def _node(room: str) -> str:
    label = room.partition("/")[2] or room
    return f"{_home(room)}_{label.replace(' ', '_')}[{label}]"  # `call` alone is a keyword of Mermaid's


if __name__ == "__main__":
    write_picture(ROOT)
