"""Files of images before they have their names: unseen, read back if the disk fails, and nobody else's touched."""

import errno
import fcntl
import os
import stat
import sys
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from image_variations._runtime.images import files as image_files
from image_variations._runtime.images.files import PendingFile, can_name_later, extension_of, remove_abandoned

from tests.support.disks import Failing

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)

KINDS = [
    pytest.param(False, id="unnamed", marks=pytest.mark.skipif(sys.platform != "linux", reason="O_TMPFILE")),
    pytest.param(True, id="named"),
]
either_kind = pytest.mark.parametrize("is_named", KINDS)


def names(directory: Path) -> list[str]:
    """Everything in a directory."""
    return sorted(os.listdir(directory))


@pytest.mark.parametrize(
    ("head", "extension"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xdb", "jpeg"),
        (b"RIFF\x24\0\0\0WEBPVP8L", "webp"),
        (b"RIFF\x24\0\0\0WAVE", "bin"),
        (b"GIF89a", "bin"),
        (b"", "bin"),
    ],
)
def test_the_bytes_tell_the_extension(head: bytes, extension: str) -> None:
    """Not what the server called it, or what was asked for."""
    assert extension_of(head) == extension


@either_kind
def test_the_extension_is_known_however_the_bytes_come(tmp_path: Path, is_named: bool) -> None:
    """One byte at a time gives the same extension and the same file."""
    file = PendingFile(tmp_path, is_named)
    for byte in PNG:
        file.write([bytes([byte])])
    assert file.extension == "png"
    assert file.link(tmp_path / "a")
    file.discard()
    assert (tmp_path / "a").read_bytes() == PNG


@either_kind
def test_what_is_written_is_not_held(tmp_path: Path, is_named: bool) -> None:
    """The list is empty then: a thread that has written it may have it long after, until it is given something else."""
    file = PendingFile(tmp_path, is_named)
    pieces = [PNG, PNG]
    file.write(pieces)
    file.discard()
    assert pieces == []


@either_kind
def test_a_file_is_unseen_until_it_is_whole(tmp_path: Path, is_named: bool) -> None:
    """It has no name at all, or a hidden one of its own; discarding leaves nothing, also if done again."""
    file = PendingFile(tmp_path, is_named)
    file.write([PNG])
    assert file.is_pending
    assert all(name.startswith(".image-") and name.endswith(".part") for name in names(tmp_path))
    assert len(names(tmp_path)) == is_named
    file.discard()
    file.discard()
    assert not file.is_pending
    assert names(tmp_path) == []


@either_kind
def test_discarding_keeps_the_name_that_was_given(tmp_path: Path, is_named: bool) -> None:
    """What was linked stays, and is all that stays."""
    file = PendingFile(tmp_path, is_named)
    file.write([PNG])
    assert file.link(tmp_path / "a")
    file.discard()
    assert names(tmp_path) == ["a"]


@either_kind
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_files_have_the_permissions_of_ordinary_files(tmp_path: Path, is_named: bool) -> None:
    """The process's umask decides, as with any file: another user may be meant to read it."""
    file = PendingFile(tmp_path, is_named)
    file.write([PNG])
    file.link(tmp_path / "a")
    file.discard()
    (tmp_path / "b").touch()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


@either_kind
def test_a_link_replaces_nothing(tmp_path: Path, is_named: bool) -> None:
    """A name that is taken is refused, also if it is a link's that leads nowhere."""
    (tmp_path / "a").write_bytes(b"mine")
    (tmp_path / "b").symlink_to(tmp_path / "nowhere")
    file = PendingFile(tmp_path, is_named)
    file.write([PNG])
    for name in ("a", "b"):
        with pytest.raises(FileExistsError):
            file.link(tmp_path / name)
    file.discard()
    assert (tmp_path / "a").read_bytes() == b"mine"
    assert names(tmp_path) == ["a", "b"]


@either_kind
def test_a_file_takes_the_place_of_another(tmp_path: Path, is_named: bool) -> None:
    """At once: there is never neither, and no other name is left."""
    (tmp_path / "a").write_bytes(b"old")
    file = PendingFile(tmp_path, is_named)
    file.write([PNG])
    file.replace(tmp_path / "a")
    file.discard()
    assert (tmp_path / "a").read_bytes() == PNG
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EINVAL, errno.EMLINK])
def test_without_hard_links_a_name_is_claimed_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """However the file system says that it has none (such as FAT): the name is taken first, and then filled."""
    monkeypatch.setattr(os, "link", Failing(code))
    assert not can_name_later(tmp_path)
    file = PendingFile(tmp_path, is_named=True)
    file.write([PNG])
    assert not file.link(tmp_path / "a")
    with pytest.raises(FileExistsError):
        file.link(tmp_path / "a")
    file.replace(tmp_path / "a")
    file.discard()
    assert (tmp_path / "a").read_bytes() == PNG
    assert names(tmp_path) == ["a"]


def test_without_unnamed_files_there_are_named_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other systems than Linux, and some of its file systems, have no files without a name."""
    assert can_name_later(tmp_path) == (sys.platform == "linux")
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    assert not can_name_later(tmp_path)
    assert names(tmp_path) == []


class FullDisk(FileIO):
    """A file on a disk that takes a little of each write, then nothing, and says so again when it is closed."""

    left = 10

    def write(self, data: "ReadableBuffer", /) -> int:
        """Take four bytes, or none."""
        if self.left <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.left -= 4
        return super().write(memoryview(data)[:4])

    def close(self) -> None:
        """Close, and complain as a full disk does."""
        was_open = not self.closed
        super().close()
        if was_open and self.left <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@either_kind
def test_what_a_full_disk_did_not_take_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_named: bool
) -> None:
    """A write that takes less than it was given goes on; after one that takes nothing all is there, and none on it."""
    monkeypatch.setattr(image_files, "FileIO", FullDisk)
    file = PendingFile(tmp_path, is_named)
    file.write([b"1234", b"5678"])
    with pytest.raises(OSError, match="No space left"):
        file.write([b"90", b"abcdefgh", b"", b"ij"])
    assert file.take_back() == b"1234567890abcdefghij"
    assert names(tmp_path) == []


@either_kind
def test_what_cannot_be_synced_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_named: bool) -> None:
    """Some disks say that they are full, or broken, only when they are asked."""
    file = PendingFile(tmp_path, is_named)
    file.write([PNG])
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", Failing(errno.EIO))
        with pytest.raises(OSError, match="Input/output"):
            file.sync()
    assert file.take_back() == PNG
    assert names(tmp_path) == []


def test_a_file_system_that_cannot_sync_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are as safe as they get."""
    monkeypatch.setattr(os, "fsync", Failing(errno.EINVAL))
    file = PendingFile(tmp_path, is_named=True)
    file.sync()
    file.discard()


@either_kind
def test_a_directory_that_is_gone_is_not_made_again(tmp_path: Path, is_named: bool) -> None:
    """What was to be written there is given back."""
    file = PendingFile(tmp_path / "gone", is_named)
    with pytest.raises(FileNotFoundError):
        file.write([PNG, b"more"])
    assert file.take_back() == PNG + b"more"
    assert names(tmp_path) == []


# What killed processes leave.

ABANDONED = f".image-{'0' * 32}.part"


def test_what_a_dead_process_left_is_removed(tmp_path: Path) -> None:
    """Nobody has locked it, so whoever wrote it is gone."""
    (tmp_path / ABANDONED).touch()
    remove_abandoned(tmp_path, names(tmp_path))
    assert names(tmp_path) == []


def test_what_is_still_written_stays(tmp_path: Path) -> None:
    """A living process holds a lock on its file, this one too."""
    file = PendingFile(tmp_path, is_named=True)
    file.write([PNG])
    remove_abandoned(tmp_path, names(tmp_path))
    assert file.link(tmp_path / "a")
    file.discard()
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(sys.platform != "linux", reason="O_TMPFILE")
def test_what_is_about_to_replace_a_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a name of ours for a moment, and is locked before."""
    replace = os.replace

    def look(source: str, target: Path) -> None:
        remove_abandoned(tmp_path, names(tmp_path))
        replace(source, target)

    monkeypatch.setattr(os, "replace", look)
    file = PendingFile(tmp_path, is_named=False)
    file.write([PNG])
    file.replace(tmp_path / "a")
    file.discard()
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize(
    "name",
    [
        "a.part",
        ".a.part",
        ".variation-1.0123456789abcdef.part",  # as an older version wrote it, without a lock
        f"image-{'0' * 32}.part",
        f".image-{'0' * 31}.part",
        f"{ABANDONED}.png",
    ],
)
def test_files_of_others_stay(tmp_path: Path, name: str) -> None:
    """Only a name of ours says that a file without a lock is abandoned."""
    (tmp_path / name).touch()
    remove_abandoned(tmp_path, names(tmp_path))
    assert names(tmp_path) == [name]


def test_what_cannot_be_removed_is_no_error(tmp_path: Path) -> None:
    """A directory of that name, or a file that is gone meanwhile, is passed over."""
    (tmp_path / ABANDONED).mkdir()
    remove_abandoned(tmp_path, [ABANDONED, ABANDONED.replace("0", "1")])
    assert names(tmp_path) == [ABANDONED]


@pytest.mark.parametrize("is_missing", [True, False])
def test_without_locks_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_missing: bool) -> None:
    """Neither on Windows, which has no such locks, nor in a file system without them: a writer may be alive."""
    if is_missing:
        monkeypatch.setitem(sys.modules, "fcntl", None)
    else:
        monkeypatch.setattr(fcntl, "flock", Failing(errno.ENOTSUP))
    (tmp_path / ABANDONED).touch()
    remove_abandoned(tmp_path, names(tmp_path))
    file = PendingFile(tmp_path, is_named=True)
    file.write([PNG])
    assert file.link(tmp_path / "a")
    file.discard()
    assert names(tmp_path) == [ABANDONED, "a"]


def test_a_file_that_is_removed_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two another process may take it for abandoned, and hold its lock or have removed it."""
    flock = fcntl.flock
    tries: list[int] = []

    def lock(file: FileIO, operation: int) -> None:
        tries.append(operation)
        if len(tries) == 1:
            raise BlockingIOError
        if len(tries) == 2:
            for name in names(tmp_path):
                (tmp_path / name).unlink()
        flock(file, operation)

    monkeypatch.setattr(fcntl, "flock", lock)
    file = PendingFile(tmp_path, is_named=True)
    file.write([PNG])
    assert file.link(tmp_path / "a")
    file.discard()
    assert len(tries) == 3
    assert names(tmp_path) == ["a"]
