"""Watches every test for the keys that it uses: nothing that it logs, raises or shows may hold one.

One line in conftest.py sets the watch for the whole suite:

    from tests.support.secret_watch import secret_watch as secret_watch

A key that a call uses is looked for wherever it came from, so tests need not name theirs.
Of tracebacks the frames are left out: they show files and lines of source, no values.
"""

import logging
import pickle
import secrets
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Concatenate, ParamSpec, TypeVar, cast

import pytest
from attrs import Factory, define
from image_variations import ImageVariationsError, Response
from image_variations._runtime.client import BaseClient
from image_variations._runtime.redaction import Redactor

P = ParamSpec("P")
T = TypeVar("T")

_SHORTEST_KEY = 4
"""What is shorter is found within words that have nothing to do with it."""

_LONGEST_SHOWN = 100_000


def new_key() -> str:
    """A key that stands in no line of source."""
    return f"sk-{secrets.token_hex(16)}"


@define
class Watch:
    """What a test has used, raised and said.

    Attributes:
        keys: The keys that its calls used.
        errors: The errors that were made.
        said: Everything else, and where it was said: log records, and how clients and answers show themselves.
    """

    keys: set[str] = Factory(set[str])
    errors: list[ImageVariationsError] = Factory(list[ImageVariationsError])
    said: list[tuple[str, str]] = Factory(list[tuple[str, str]])

    def forget(self) -> None:
        """Forget everything: what was said was said on purpose."""
        self.keys.clear()
        self.errors.clear()
        self.said.clear()

    def leaks(self) -> list[str]:
        """Where a key stands, each with the text around it."""
        if not self.keys:
            return []
        texts = [*self.said, *(text for error in self.errors for text in _texts_of(error))]
        keys = [_bare(key) for key in self.keys]
        return [f"{where}: {text[:2000]}" for where, text in texts if any(key in _bare(text) for key in keys)]

    def unpicklable(self) -> list[str]:
        """The errors that cannot go to another process, and why."""
        return [
            f"{type(error).__name__}: {reason}"
            for error in self.errors
            if (reason := _why_unpicklable(error)) is not None
        ]


def _bare(text: str) -> str:
    """A text without the backslashes that a repr puts in."""
    return text.replace("\\", "")


def _texts_of(error: ImageVariationsError) -> list[tuple[str, str]]:
    """How an error can be shown and kept."""
    kind = type(error).__name__
    texts = [
        (f"str of {kind}", str(error)),
        (f"repr of {kind}", repr(error)),
        *((f"{name} of {kind}", _shown(value)) for name, value in vars(error).items()),
        (f"traceback of {kind}", "".join(_last_lines(error))),
    ]
    if not _is_large(error) and _why_unpicklable(error) is None:
        texts.append((f"pickle of {kind}", pickle.dumps(error).decode("latin-1")))
    return texts


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    with suppress(Exception):  # a caller's value need not have a repr
        return repr(value)
    return ""


def _is_large(error: ImageVariationsError) -> bool:
    """Whether an error keeps so much of an answer that a pickle of it would take long and tell nothing more."""
    return any(isinstance(value, bytes) and len(value) > _LONGEST_SHOWN for value in vars(error).values())


def _last_lines(error: BaseException) -> Iterator[str]:
    """What a traceback says of an error and of its causes, without their frames."""
    shown: BaseException | None = error
    while shown is not None:
        yield from traceback.format_exception_only(shown)
        shown = shown.__cause__ or (None if shown.__suppress_context__ else shown.__context__)


def _why_unpicklable(error: ImageVariationsError) -> str | None:
    if _is_large(error):
        return None
    try:
        again: object = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    except Exception as reason:  # whatever an attribute has against it
        return str(reason)
    return None if type(again) is type(error) and str(again) == str(error) else f"becomes {again!r}"


class _Listener(logging.Handler):
    """Notes every log record, as a log shows it and as its arguments are."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.NOTSET)
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        """Note a record."""
        text = f"{logging.Formatter().format(record)} {record.msg!r} {record.args!r}"
        self._watch.said.append((f"log of {record.name}", text))


def _followed_by(
    init: Callable[Concatenate[T, P], None], note: Callable[[T], None]
) -> Callable[Concatenate[T, P], None]:
    """An `__init__` after which an object is noted."""

    def noted(made: T, /, *args: P.args, **kwargs: P.kwargs) -> None:
        init(made, *args, **kwargs)
        note(made)

    return noted


def _preceded_by(
    init: Callable[Concatenate[Redactor, P], None], note: Callable[[tuple[object, ...]], None]
) -> Callable[Concatenate[Redactor, P], None]:
    """An `__init__` before which its arguments are noted."""

    def noted(made: Redactor, /, *args: P.args, **kwargs: P.kwargs) -> None:
        note(args)
        init(made, *args, **kwargs)

    return noted


@contextmanager
def watching() -> Generator[Watch]:
    """Watch what is made and said while the context lasts, at every level of every logger."""
    watch = Watch()

    def note_keys(keys: tuple[object, ...]) -> None:
        watch.keys.update(key for key in keys if isinstance(key, str) and len(key) >= _SHORTEST_KEY)

    def note_client(client: BaseClient) -> None:
        watch.said.append(("repr of a client", repr(client)))

    def note_answer(answer: Response[object]) -> None:
        # Not what it holds: an answer that was paid for is given as it came.
        shown = (answer.status_code, answer.request_id, answer.headers, answer.headers.raw, answer.attempts)
        watch.said.append(("repr of an answer", repr(shown)))

    root, listener = logging.getLogger(), _Listener(watch)
    level = root.level
    with pytest.MonkeyPatch.context() as patch:
        # A redactor is made with the key of each attempt.
        patch.setattr(Redactor, "__init__", _preceded_by(Redactor.__init__, note_keys))
        patch.setattr(
            ImageVariationsError, "__init__", _followed_by(ImageVariationsError.__init__, watch.errors.append)
        )
        patch.setattr(BaseClient, "__init__", _followed_by(BaseClient.__init__, note_client))
        answer_init = cast("Callable[[Response[object]], None]", Response.__init__)  # pyright: ignore[reportUnknownMemberType]  # for any T
        patch.setattr(Response, "__init__", _followed_by(answer_init, note_answer))
        root.addHandler(listener)
        root.setLevel(logging.NOTSET)
        try:
            yield watch
        finally:
            root.setLevel(level)
            root.removeHandler(listener)


@pytest.fixture(autouse=True)
def secret_watch() -> Iterator[Watch]:
    """Fail a test that lets a key out, or raises an error that cannot be pickled."""
    with watching() as watch:
        yield watch
    if leaks := watch.leaks():
        pytest.fail("\n".join(["a key got out:", *leaks]), pytrace=False)
    if unpicklable := watch.unpicklable():
        pytest.fail("\n".join(["an error cannot be pickled:", *unpicklable]), pytrace=False)
