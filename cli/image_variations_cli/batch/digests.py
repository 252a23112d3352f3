"""From sources to entries of the ledger: what identifies a row."""

import asyncio
import hashlib
import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import define, field

from ..ledger import Entry, FileHash
from ..ledger.columns import encode_fields
from ..rows import FieldValue, Fit, Source
from ..storage import safe_stem
from ..text import describe_system_error, show_text

_SETTLING_NS = 2_000_000_000
"""A file that was changed less than this before may change again without another time: its digest is not kept."""


def row_digest(content_digest: str, fit: Fit, fields: Mapping[str, FieldValue]) -> str:
    """Return what identifies a row, but for its occurrence among equals."""
    return hashlib.sha256(f"{content_digest}\n{fit}\n{encode_fields(fields)}".encode()).hexdigest()


@define(eq=False)
class Digester:
    """Makes entries of sources, in the order of the input.

    Attributes:
        fit: The fit of the batch.
        fields: The fields of the batch. A source's own go before them.
    """

    fit: Fit
    fields: Mapping[str, FieldValue]
    _seen: Counter[bytes] = field(factory=Counter[bytes], init=False)

    async def entries(
        self, sources: Sequence[Source], known: Mapping[str, FileHash]
    ) -> tuple[list[Entry], list[FileHash]]:
        """Return the entries of sources, and hashes of files that are new.

        Args:
            sources: The next sources of the input.
            known: Hashes of files from earlier runs, by path.
        """
        digests = await asyncio.to_thread(lambda: [_digest(source, known) for source in sources])
        return [self._entry(*made) for made in zip(sources, digests, strict=True)], [
            found.hash for found in digests if found.hash is not None and found.is_new
        ]

    def _entry(self, source: Source, found: "_Digest") -> Entry:
        fields = {**self.fields, **source.fields}
        place = "" if source.path is None else os.path.abspath(source.path)
        # What cannot be read is known by its place.
        digest = row_digest(found.content or f"unreadable {place!a} {source.name!a}", self.fit, fields)
        key = bytes.fromhex(digest)
        occurrence = self._seen[key]
        self._seen[key] += 1
        return Entry(
            digest=digest,
            occurrence=occurrence,
            content_digest=found.content,
            fit=self.fit,
            fields=fields,
            name=show_text(source.name),
            path=place or None,
            stem=safe_stem(source.stem),
            problem=found.problem,
        )


@define
class _Digest:
    content: str = ""
    problem: str | None = None
    hash: FileHash | None = None
    is_new: bool = False


def _digest(source: Source, known: Mapping[str, FileHash]) -> _Digest:
    if source.problem is not None:
        return _Digest(problem=source.problem)
    if source.path is None:
        return _Digest(hashlib.sha256(source.content or b"").hexdigest())
    path = os.path.abspath(source.path)
    try:
        with Path(path).open("rb") as file:
            status = os.fstat(file.fileno())
            old = known.get(path)
            if old is not None and (old.size, old.mtime_ns) == (status.st_size, status.st_mtime_ns):
                return _Digest(old.digest, hash=old)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        return _Digest(problem=f"it cannot be read: {describe_system_error(error)}")
    is_settled = time.time_ns() - status.st_mtime_ns > _SETTLING_NS
    return _Digest(digest, hash=FileHash(path, status.st_size, status.st_mtime_ns, digest), is_new=is_settled)
