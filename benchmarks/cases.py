"""Every case of `make bench`."""

from benchmarks.figures import Case
from benchmarks.image_ways import WAYS
from benchmarks.imports import IMPORTS
from benchmarks.peers import PEERS

AT_ONCE = (1, 32, 256, 1000)
UPLOAD = 256 * 1024
LARGE_UPLOAD = 4_194_303
"""The most that the pin allows."""

PICTURES = 10
PICTURE = 1_500_000
LARGE_PICTURE = 8_000_000

STREAMED = "create_image_variation_files"
WHOLE = "create_image_variation + save_images"
OFFICIAL = "openai + base64"

_QUEUES_ABOVE = 100
"""Up to here, a client with the default `max_concurrency` and one with a higher one do the same."""


def calls(size: int) -> list[Case]:
    """Calls with a picture of this size, by everybody, so many at once."""
    return [
        Case("calls", name, at_once, size)
        for at_once in AT_ONCE
        for name in PEERS
        if not name.endswith(", 1,000 at once") or at_once > _QUEUES_ABOVE
    ]


IMPORTING = [Case("imports", name) for name in IMPORTS]
WAITING = [Case("waiting", name, AT_ONCE[-1], UPLOAD) for name in PEERS]
IMAGES = [Case("images", way, at_once, PICTURE, PICTURES) for at_once in (1, 8) for way in WAYS]
ONE_IMAGE = Case("images", STREAMED, 1, PICTURE, 1)
LARGE_IMAGES = Case("images", STREAMED, 1, LARGE_PICTURE, PICTURES)

ALL = [*IMPORTING, *calls(UPLOAD), *calls(LARGE_UPLOAD), *WAITING, *IMAGES, ONE_IMAGE, LARGE_IMAGES]


def period(case: Case) -> int:
    """In every how many rounds it is measured. A thousand at once take long; of large uploads, they are 4 GB."""
    many, large = case.at_once >= AT_ONCE[-1], case.size == LARGE_UPLOAD
    return 2 if many or large else 1
