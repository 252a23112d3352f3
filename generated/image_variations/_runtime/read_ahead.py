# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What was read of a body before it was asked for."""

from .flag import Flag

_ENOUGH = 128 * 1024
"""Bytes that are held at most, but for the last chunk: a short body without a pause, a long one in bounded memory."""


class ReadAhead:
    """Chunks between the task that reads a body and the one that asks for it, which gets all that there are as one.

    Some transports give a body in chunks of 16 KB, and each piece costs its reader the same, whatever its size.
    """

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self._error: BaseException | None = None
        self._has_ended = False
        self._has_news = Flag()
        self._has_room = Flag()

    async def put(self, chunk: bytes) -> None:
        """Add a chunk; waits while enough is held."""
        while self._size >= _ENOUGH:
            self._has_room.clear()
            await self._has_room.wait()
        self._chunks.append(chunk)
        self._size += len(chunk)
        self._has_news.set()

    def end(self, error: BaseException | None) -> None:
        """Say that nothing follows, or why not."""
        self._error = error
        self._has_ended = True
        self._has_news.set()

    async def take(self) -> bytes | None:
        """All that came since the last time, as soon as there is something; `None` at the end.

        Raises:
            BaseException: What the body broke off with, once everything before it was taken.
        """
        await self._has_news.wait()
        if self._chunks:
            taken = b"".join(self._chunks)
            self._chunks.clear()
            self._size = 0
            self._has_room.set()
            if not self._has_ended:
                self._has_news.clear()
            return taken
        if self._error is not None:
            raise self._error
        return None
