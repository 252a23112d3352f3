"""Files that appear whole or not at all, whatever the file system says."""

import errno
import os
import stat
import sys
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from image_variations._runtime import image_files
from image_variations._runtime.image_files import PendingFile, extension_of, prepare_directory

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


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


def test_the_extension_is_known_however_the_bytes_come(tmp_path: Path) -> None:
    """One byte at a time gives the same name."""
    file = PendingFile(tmp_path, "a", overwrite=False)
    for byte in PNG:
        file.write([bytes([byte])])
    path = file.finish([])
    assert (path, path.read_bytes()) == (tmp_path / "a.png", PNG)


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    """Until then it is a hidden file beside it; discarding leaves nothing."""
    file = PendingFile(tmp_path, "a", overwrite=False)
    file.write([PNG])
    [name] = names(tmp_path)
    assert name.startswith(".a.")
    assert name.endswith(".part")
    assert file.is_pending
    file.discard()
    assert names(tmp_path) == []
    file.discard()


def test_discarding_after_the_end_keeps_the_file(tmp_path: Path) -> None:
    """What was finished stays."""
    file = PendingFile(tmp_path, "a", overwrite=False)
    path = file.finish([PNG])
    file.discard()
    assert not file.is_pending
    assert path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_files_have_the_permissions_of_ordinary_files(tmp_path: Path) -> None:
    """The process's umask decides, as with any file: another user may be meant to read it."""
    path = PendingFile(tmp_path, "a", overwrite=False).finish([PNG])
    (tmp_path / "b").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_two_pictures_for_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    """The second is refused also where the name was free when it began."""
    first, second = (PendingFile(tmp_path, "a", overwrite=False) for _ in range(2))
    first.write([PNG])
    second.write([PNG + b"2"])
    assert first.finish([]).read_bytes() == PNG
    with pytest.raises(FileExistsError):
        second.finish([])
    second.discard()
    assert names(tmp_path) == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == PNG


@pytest.fixture
def no_hard_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that has no hard links, such as FAT."""

    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("no_hard_links")
def test_without_hard_links_nothing_is_replaced_either(tmp_path: Path) -> None:
    """Where a name cannot be linked it is taken first, and then filled."""
    assert PendingFile(tmp_path, "a", overwrite=False).finish([PNG]).read_bytes() == PNG
    second = PendingFile(tmp_path, "a", overwrite=False)
    with pytest.raises(FileExistsError):
        second.finish([PNG + b"2"])
    second.discard()
    assert names(tmp_path) == ["a.png"]
    assert (tmp_path / "a.png").read_bytes() == PNG


@pytest.mark.usefixtures("no_hard_links")
def test_a_name_that_was_taken_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the picture then cannot take the place, no empty file is left there."""

    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "replace", refuse)
    file = PendingFile(tmp_path, "a", overwrite=False)
    with pytest.raises(OSError, match="Input/output"):
        file.finish([PNG])
    file.discard()
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


def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that takes less than it was given goes on; one that takes nothing raises, and the file is removed."""
    monkeypatch.setattr(image_files, "FileIO", FullDisk)
    assert PendingFile(tmp_path, "a", overwrite=False).finish([b"12345678"]).read_bytes() == b"12345678"
    file = PendingFile(tmp_path, "b", overwrite=False)
    with pytest.raises(OSError, match="No space left"):
        file.write([PNG])
    file.discard()
    assert names(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("extension", ["png", "jpeg", "webp", "bin"])
def test_a_name_is_taken_whatever_its_extension(tmp_path: Path, extension: str) -> None:
    """Which extension a picture will have is not known beforehand, so any is in the way."""
    (tmp_path / f"a-2.{extension}").touch()
    with pytest.raises(FileExistsError, match=rf"a-2\.{extension}"):
        prepare_directory(tmp_path, "a-3", ["a-1", "a-2", "a-3"])
    prepare_directory(tmp_path, "a-3", ["a-1", "a-3"])
    assert names(tmp_path) == [f"a-2.{extension}"]


def beneath_a_file(directory: Path) -> Path:
    """A path below a file."""
    (directory / "file").touch()
    return directory / "file" / "below"


def a_device(directory: Path) -> Path:
    """A path that is not a directory."""
    return Path(os.devnull)


@pytest.mark.parametrize("place", [beneath_a_file, a_device])
def test_where_no_file_can_be_is_found_beforehand(tmp_path: Path, place: Callable[[Path], Path]) -> None:
    """A directory that cannot be made raises."""
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        prepare_directory(place(tmp_path), "a")
