"""Where a file is: SQLite's processes share memory beside it, which a file system of several machines does not have."""

import re
from functools import cache
from pathlib import Path

from ..errors import LedgerError

_MOUNTS = Path("/proc/self/mountinfo")

_OF_NETWORKS = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "afpfs", "9p", "ceph", "glusterfs"),
        *("lustre", "beegfs", "gpfs", "orangefs", "ocfs2", "gfs2", "davfs", "coda"),
        *("fuse.sshfs", "fuse.s3fs", "fuse.gcsfuse", "fuse.goofys", "fuse.rclone", "fuse.davfs2", "fuse.glusterfs"),
        *("fuse.ceph", "fuse.juicefs", "fuse.mount-s3", "fuse.blobfuse", "fuse.blobfuse2", "fuse.curlftpfs"),
    )
)


@cache
def refuse_network(path: Path) -> None:
    """See that a directory is not on a network file system, as far as Linux says.

    Raises:
        LedgerError: It is.
    """
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # another system
        return
    kind = find_type(path.resolve(), mounts)
    if kind in _OF_NETWORKS:
        raise LedgerError(
            f"{path} is on a network file system ({kind}), where SQLite may lose what it wrote: "
            "name a local directory with --output-dir, or a server with --ledger postgresql://user@host/database"
        )


def find_type(path: Path, mounts: str) -> str | None:
    """Return the type of the file system that a path is on, from the text of `/proc/self/mountinfo`."""
    found: dict[Path, str] = {}
    for line in mounts.splitlines():
        # 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw (proc(5))
        place, _, device = line.partition(" - ")
        found[Path(_unescape(place.split(" ")[4]))] = device.split(" ")[0]  # the last mount covers earlier ones
    return next((found[parent] for parent in (path, *path.parents) if parent in found), None)


def _unescape(text: str) -> str:
    """Return a path in which a space is written as a backslash and 040."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
