"""Statements that keep the digests of files. They run in a transaction, and block."""

from collections.abc import Collection

from attrs import frozen
from sqlalchemy import Connection, bindparam, delete, insert, select

from .columns import encode_path, read_path
from .schema import hashes


@frozen
class FileHash:
    """The SHA-256 of a file, which holds while size and time are the same."""

    path: str
    size: int
    mtime_ns: int
    digest: str


def find_hashes(connection: Connection, paths: Collection[str]) -> dict[str, FileHash]:
    """Return what is known of the digests of files."""
    encoded = [encode_path(path) for path in paths]
    found: dict[str, FileHash] = {}
    for row in connection.execute(select(hashes).where(hashes.c.path.in_(encoded))):
        path = read_path(row.path) or ""
        found[path] = FileHash(path, row.size, row.mtime_ns, row.digest)
    return found


def forget_hash(connection: Connection, path: str) -> None:
    """Forget the digest of a file that turned out to have another content."""
    connection.execute(delete(hashes).where(hashes.c.path == encode_path(path)))


def keep_hashes(connection: Connection, found: Collection[FileHash]) -> None:
    """Keep digests of files in place of older ones."""
    if not found:
        return
    values = [
        {"path": encode_path(one.path), "size": one.size, "mtime_ns": one.mtime_ns, "digest": one.digest}
        for one in {one.path: one for one in found}.values()
    ]
    connection.execute(delete(hashes).where(hashes.c.path == bindparam("old")), [{"old": v["path"]} for v in values])
    connection.execute(insert(hashes), values)
