"""Versions, and what is installed beside what is needed."""

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from image_variations import __version__

from .check import Check

_LIBRARIES = ("httpx", "attrs", "h11", "typer", "rich", "pillow", "sqlalchemy")


def check_installation() -> Iterator[Check]:
    """Look at versions, transports and the plugin for photos of phones."""
    python = f"Python {platform.python_version()}"
    libraries = ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    yield Check("versions", "ok", f"image-variations {__version__}, {python}, {libraries}")
    aiohttp, http2 = _version("httpx-aiohttp"), _version("h2")
    transports = ["default", "httpx" if http2 is None else f"httpx (h2 {http2})"]
    missing = ""
    if aiohttp is None:
        missing = '; not installed: aiohttp (pip install "image-variations[aiohttp]")'
    else:
        transports.append(f"aiohttp (httpx-aiohttp {aiohttp})")
    yield Check("transports", "ok", ", ".join(transports) + missing)
    heif = _version("pillow-heif")
    if heif is None:
        yield Check("HEIC", "skipped", "photos in HEIC are not read without pillow-heif (pip install pillow-heif)")
    else:
        yield Check("HEIC", "ok", f"read by pillow-heif {heif}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
