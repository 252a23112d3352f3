"""Who is put to the faults: what a client must offer to be called in a scene, and how a call can end."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypedDict, Unpack, cast

from attrs import frozen
from image_variations import FileInput

KEY = "sk-fault-4f1d8c"
"""What every caller has as its key, unless a scene gives another."""

PARTIAL = "image_generation.partial_image"
"""The type of an event that comes before it."""

COMPLETED = "image_generation.completed"
"""The type of the event that brings an image."""

TIMEOUT = 5.0
"""Seconds that every call has, unless a scene gives others."""


@frozen
class Outcome:
    """How a call ended.

    Attributes:
        error: What it raised.
        billed: What the caller says that it can have cost, if it says something.
        answer: What it returned.
        has_image: Whether there is an image in that.
    """

    error: BaseException | None = None
    billed: str = "-"
    answer: object = None
    has_image: bool = False

    @property
    def name(self) -> str:
        """`success`, or the name of the error's class."""
        if self.error is not None:
            return type(self.error).__name__
        return "success" if self.has_image else "success, no image"


class Options(TypedDict, total=False):
    """What a scene may set. The names are those of `Client`; the official SDK has not all of them."""

    api_key: str
    timeout: float
    connect_timeout: float
    max_retries: int
    retry_unknown: bool
    max_concurrency: int
    max_response_bytes: int


class SceneOptions(Options, total=False):
    """The same, and what the document says of the operation."""

    is_idempotent: bool
    is_billed: bool


class Session(Protocol):
    """A client that is open."""

    @property
    def waits(self) -> list[float]:
        """The seconds that it wanted to back off, where it can tell."""
        ...

    async def call(self, image: FileInput, *, user: str | None = None, seconds: float | None = None) -> Outcome:
        """Make one call, within the client's timeout or so many seconds. Its error is a part of the outcome."""
        ...

    async def stream(self) -> Outcome:
        """Ask for an image by events, and read them to their end. Its answer is the list of them."""
        ...

    async def backing_off(self) -> None:
        """Wait until a call is between two attempts."""
        ...

    def resume(self) -> None:
        """Let back-off that is held go on."""
        ...


class Caller(Protocol):
    """Opens clients."""

    @property
    def name(self) -> str:
        """What to call it."""
        ...

    @property
    def is_own(self) -> bool:
        """Whether it is this client over connections of its own."""
        ...

    def open(
        self, base_url: str, *, holds_back_off: bool = False, **options: Unpack[SceneOptions]
    ) -> AbstractAsyncContextManager[Session]:
        """Open a client. With `holds_back_off` a call that backs off stays there until `resume`, where that can be."""
        ...


def has_image(answer: object) -> bool:
    """Whether there is an image in what a client returned, whatever it is."""
    images: object = getattr(answer, "data", None)
    return isinstance(images, list) and any(
        getattr(image, "b64_json", None) or getattr(image, "url", None) for image in cast("list[object]", images)
    )
