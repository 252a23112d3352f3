"""What make made in this checkout, and its removal.

What lies outside the checkout stays, wherever the environment is, and so do files that make did not make.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

MADE = (".venv-*", "dist", ".mypy_cache", ".pyright_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".coverage")
"""What the targets leave in the checkout, beside the environment and the images."""

IMAGES = ("original.png", "contact-sheet.png", "url-*", "b64_json-*")
"""What `make run` leaves in `variations/`. Anybody's own program may have saved its images there too."""


def clean(root: Path, environment: Path) -> list[str]:
    """Remove what make made.

    Args:
        root: The checkout.
        environment: The virtual environment, which may lie elsewhere.

    Returns:
        What stays although it could be meant, a line each.

    Raises:
        OSError: Something cannot be removed.
    """
    reason = _reason_to_keep(environment, root)
    for path in [*_made_in(root), *([] if reason else [environment])]:
        _remove(path)
    kept = [f"{environment}: {reason}, and stays"] if reason and os.path.lexists(environment) else []
    return [*kept, *_clean_images(root / "variations")]


def _made_in(root: Path) -> Iterator[Path]:
    yield from (path for pattern in MADE for path in root.glob(pattern))
    if (root / "site" / ".buildinfo").is_file():  # which Sphinx leaves
        yield root / "site"


def _reason_to_keep(environment: Path, root: Path) -> str | None:
    """Return why the path of an environment is not removed, or None if it is."""
    # The last part is not resolved: if it is a link, the link is what is removed.
    root, place = root.resolve(), environment.parent.resolve() / environment.name
    if environment.name == ".." or root not in place.parents:
        return "is not inside the checkout"
    if place != root / ".venv" and not (environment / "pyvenv.cfg").is_file():
        return "is no virtual environment"
    return None


def _clean_images(folder: Path) -> list[str]:
    """Remove the images of `make run`, and their folder if nothing else is in it; return what else is."""
    if folder.is_symlink() or not folder.is_dir():
        return []
    for path in [path for pattern in IMAGES for path in folder.glob(pattern)]:
        _remove(path)
    if kept := sorted(folder.iterdir()):
        return [f"{path}: was not made by make, and stays" for path in kept]
    folder.rmdir()
    return []


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
