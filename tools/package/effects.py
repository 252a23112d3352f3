"""What putting a package into a folder means for what the folder holds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.package.contents import is_regular
from tools.package.line_ends import original
from tools.package.manifest import MANIFEST, sha256


@dataclass(frozen=True)
class Plan:
    """What happens to what is there, by paths.

    Attributes:
        edited: Files of the old package that were edited, and would be overwritten or removed.
        taken: Files that are not of the old package, and whose names the new one needs.
        blocked: What stands in the way and is no file that could be overwritten.
        removed: Files of the old package that the new one does not have.
        kept: What is not of the package, and stays.
    """

    edited: tuple[str, ...]
    taken: tuple[str, ...]
    blocked: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]


def plan_of(folder: Path, paths: Iterable[str], owned: Mapping[str, str | None], fresh: Mapping[str, bytes]) -> Plan:
    """Decide what happens to each file. The manifest is left to the caller.

    Args:
        folder: Where they are.
        paths: What the folder holds.
        owned: The files of the old package: their hashes, or None if nothing proves what they were.
        fresh: The files of the new package.
    """
    found: dict[str, list[str]] = {name: [] for name in ("edited", "taken", "blocked", "removed", "kept")}
    for path in sorted(set(paths) - {MANIFEST}):
        place = folder / path
        if path in owned or path in fresh:
            if not is_regular(place):
                found["blocked"].append(path)
            elif not _is_known(place.read_bytes(), owned.get(path), fresh.get(path)):
                found["edited" if path in owned else "taken"].append(path)
            if path not in fresh:
                found["removed"].append(path)
        elif clashes(path, fresh):
            found["blocked"].append(path)
        else:
            found["kept"].append(path)
    return Plan(**{name: tuple(listed) for name, listed in found.items()})


def _is_known(content: bytes, recorded: str | None, fresh: bytes | None) -> bool:
    """Return whether a file is as it was, or as it is to be, but for line ends."""
    digests = (recorded, None if fresh is None else sha256(fresh))
    return any(digest is not None and original(content, digest) is not None for digest in digests)


def clashes(path: str, names: Collection[str]) -> bool:
    """Return whether a path stands in the way of a folder of these files, or below one of them."""
    return any(name.startswith(f"{path}/") or path.startswith(f"{name}/") for name in names)
