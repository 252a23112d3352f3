"""Names for images that are paid for: always one, and never one that is taken, whatever goes on in the directory."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from image_variations._runtime.images import files as image_files
from image_variations._runtime.images.destination import Destination

from tests.images.test_files import names
from tests.support.disks import Failing

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xdb" + bytes(40)


def prepared(directory: Path, stem: str = "a", *, overwrite: bool = False) -> Destination:
    """A destination that can be written to."""
    destination = Destination.checked(directory, stem, overwrite=overwrite)
    destination.prepare()
    return destination


def save(destination: Destination, position: int, image: bytes = PNG) -> str:
    """Save an image, and return its name."""
    file = destination.file()
    try:
        file.write([image])
        path = destination.finish(file, position)
    finally:
        file.discard()
    assert path.parent == destination.directory
    assert path.read_bytes() == image
    return path.name


# Numbers.


def test_an_empty_directory_numbers_by_position(tmp_path: Path) -> None:
    """The number is the image's place in the response, whichever is saved first and whichever is missing."""
    destination = prepared(tmp_path)
    assert [save(destination, position) for position in (3, 1, 5)] == ["a-3.png", "a-1.png", "a-5.png"]


TAKEN: dict[str, Callable[[Path], object]] = {
    "a-1.png": Path.touch,
    "a-1.jpeg": Path.touch,
    "a-1.jpg": Path.touch,
    "a-1.tar.gz": Path.touch,
    "a-1": Path.touch,
    "a-1.": Path.touch,
    "a-1.webp": Path.mkdir,
    "a-1.bin": lambda path: path.symlink_to("nowhere"),
    "a-1.\n": Path.touch,
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_number_is_taken_whatever_its_extension(tmp_path: Path, name: str) -> None:
    """By a file, a directory or a link that leads nowhere, which all stay as they are."""
    TAKEN[name](tmp_path / name)
    destination = prepared(tmp_path)
    assert [save(destination, position) for position in (1, 2)] == ["a-2.png", "a-3.png"]
    assert names(tmp_path) == sorted([name, "a-2.png", "a-3.png"])


@pytest.mark.parametrize(
    "name", ["b-1.png", "a-01.png", "a-1-small.png", "a-1x.png", "a-0.png", "aa-1.png", "a-1-1.png"]
)
def test_other_names_take_no_number(tmp_path: Path, name: str) -> None:
    """Another stem, or something else than a number."""
    (tmp_path / name).touch()
    assert save(prepared(tmp_path), 1) == "a-1.png"


def test_free_numbers_are_used_in_the_order_of_the_response(tmp_path: Path) -> None:
    """Also between those that are taken."""
    for number in (1, 3, 4, 7):
        (tmp_path / f"a-{number}.png").touch()
    destination = prepared(tmp_path)
    assert [save(destination, position) for position in (4, 2, 1, 3)] == ["a-8.png", "a-5.png", "a-2.png", "a-6.png"]


@pytest.mark.parametrize("stem", ["a.b", "a-1", "a+", "[a]", "ä", "%d", "-"])
def test_a_stem_is_taken_as_it_is(tmp_path: Path, stem: str) -> None:
    """Whatever it holds means nothing but itself."""
    assert save(prepared(tmp_path, stem), 1) == f"{stem}-1.png"
    assert save(prepared(tmp_path, stem), 1, JPEG) == f"{stem}-2.jpeg"


@pytest.mark.parametrize("image", [PNG, JPEG])
def test_a_number_that_was_taken_meanwhile_is_passed_over(tmp_path: Path, image: bytes) -> None:
    """By another call, after this one has looked: no file is replaced, and no number is given twice."""
    first, second = prepared(tmp_path), prepared(tmp_path)
    assert [save(first, position) for position in (1, 2)] == ["a-1.png", "a-2.png"]
    name = "a-{}.png" if image == PNG else "a-{}.jpeg"
    assert [save(second, position, image) for position in (1, 2)] == [name.format(3), name.format(4)]


@pytest.mark.parametrize("has_links", [True, False])
def test_of_two_claims_for_a_number_one_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    """If a file with another extension comes at the same moment, this one moves on, and leaves no second name."""
    link = os.link if has_links else Failing(errno.EPERM)

    def link_beside_another(source: str, target: Path, src_dir_fd: int | None = None) -> None:
        if target.name == "a-1.png":
            (tmp_path / "a-1.jpeg").write_bytes(b"theirs")
        link(source, target, src_dir_fd=src_dir_fd)

    monkeypatch.setattr(os, "link", link_beside_another)
    assert save(prepared(tmp_path), 1) == "a-2.png"
    assert names(tmp_path) == ["a-1.jpeg", "a-2.png"]
    assert (tmp_path / "a-1.jpeg").read_bytes() == b"theirs"


def test_many_calls_at_once_share_a_directory(tmp_path: Path) -> None:
    """In one process: each image has a file, and each number one image."""

    def call(index: int) -> list[str]:
        destination = prepared(tmp_path)
        return [save(destination, position, (PNG, JPEG)[(index + position) % 2]) for position in range(1, 6)]

    with ThreadPoolExecutor(8) as threads:
        given = [name for saved in threads.map(call, range(16)) for name in saved]
    assert sorted(given) == names(tmp_path)
    assert len({name.partition(".")[0] for name in given}) == 16 * 5


CALL = """
import sys
from pathlib import Path
from tests.images.test_destination import JPEG, PNG, prepared, save

sys.stdin.readline()
for turn in range(20):
    destination = prepared(Path(sys.argv[1]))
    for position in (1, 2):
        print(save(destination, position, (PNG, JPEG)[(turn + position + int(sys.argv[2])) % 2]))
"""


def test_processes_share_a_directory(tmp_path: Path) -> None:
    """Several at once: each image has a file, and each number one image."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CALL, str(tmp_path), str(index)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for index in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    given = [name for process in processes for name in process.communicate()[0].split()]
    assert sorted(given) == names(tmp_path)
    assert len({name.partition(".")[0] for name in given}) == 4 * 40


def test_a_directory_that_cannot_be_listed_is_numbered_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be written to and not read: what is taken shows one by one."""
    (tmp_path / "a-1.png").touch()
    (tmp_path / "a-2.jpeg").touch()
    with monkeypatch.context() as unreadable:
        unreadable.setattr(os, "listdir", Failing(errno.EACCES))
        assert save(prepared(tmp_path), 1) == "a-3.png"


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EINVAL])
def test_without_hard_links_nothing_is_replaced_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Numbers go on as they do with them."""
    monkeypatch.setattr(os, "link", Failing(code))
    (tmp_path / "a-1.png").write_bytes(b"mine")
    first, second = prepared(tmp_path), prepared(tmp_path)
    assert [save(first, 1), save(second, 1), save(second, 2, JPEG)] == ["a-2.png", "a-3.png", "a-4.jpeg"]
    assert (tmp_path / "a-1.png").read_bytes() == b"mine"
    assert names(tmp_path) == ["a-1.png", "a-2.png", "a-3.png", "a-4.jpeg"]


def test_a_claim_that_cannot_be_filled_is_given_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the image then cannot take the name, no empty file is left there."""
    monkeypatch.setattr(os, "link", Failing(errno.EPERM))
    monkeypatch.setattr(os, "replace", Failing(errno.EIO))
    destination = prepared(tmp_path)
    with pytest.raises(OSError, match="Input/output"):
        save(destination, 1)
    assert names(tmp_path) == []


def test_the_bytes_are_on_the_disk_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut leaves no name that leads to an empty file, whether the file is new or takes another's place."""
    calls: list[str] = []
    sync, link, replace = os.fsync, os.link, os.replace

    def synced(file: int) -> None:
        calls.append("fsync")
        sync(file)

    def linked(source: str, target: str | Path, src_dir_fd: int | None = None) -> None:
        calls.append(f"link {Path(target).suffix}")
        link(source, target, src_dir_fd=src_dir_fd)

    def replaced(source: str, target: Path) -> None:
        calls.append(f"replace {target.suffix}")
        replace(source, target)

    destination, overwriting = prepared(tmp_path), prepared(tmp_path, overwrite=True)
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)
    monkeypatch.setattr(os, "replace", replaced)
    save(destination, 1)
    assert calls == ["fsync", "link .png"]
    calls.clear()
    save(overwriting, 1)
    assert [call for call in calls if call != "link .part"] == ["fsync", "replace .png"]


# Overwriting.


def test_a_file_of_the_same_name_is_replaced_if_asked(tmp_path: Path) -> None:
    """The image takes the number of its place. A file with another extension has another name, and stays."""
    (tmp_path / "a-1.png").write_bytes(b"old")
    (tmp_path / "a-2.jpeg").write_bytes(b"another")
    (tmp_path / "a-3.png").symlink_to(tmp_path / "elsewhere")
    destination = prepared(tmp_path, overwrite=True)
    assert [save(destination, position) for position in (1, 2, 3)] == ["a-1.png", "a-2.png", "a-3.png"]
    assert names(tmp_path) == ["a-1.png", "a-2.jpeg", "a-2.png", "a-3.png"]
    assert not (tmp_path / "a-3.png").is_symlink()
    assert (tmp_path / "a-2.jpeg").read_bytes() == b"another"


@pytest.mark.parametrize("order", [(1, 2, 3), (2, 1, 3), (3, 2, 1), (2, 3, 1)])
def test_what_cannot_be_replaced_is_passed_over(tmp_path: Path, order: tuple[int, ...]) -> None:
    """A directory has the name: the image gets another one, and replaces no other image of its response."""
    (tmp_path / "a-2.png").mkdir()
    destination = prepared(tmp_path, overwrite=True)
    given = {position: save(destination, position, PNG + bytes([position])) for position in order}
    assert len(set(given.values())) == 3
    assert all((tmp_path / name).read_bytes() == PNG + bytes([position]) for position, name in given.items())
    assert (tmp_path / "a-2.png").is_dir()


def test_a_file_that_may_not_be_replaced_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is another user's, or open on Windows: the image is paid for, and gets another name."""
    (tmp_path / "a-1.png").write_bytes(b"theirs")
    destination = prepared(tmp_path, overwrite=True)
    monkeypatch.setattr(os, "replace", Failing(errno.EACCES))
    assert save(destination, 1) == "a-2.png"
    assert names(tmp_path) == ["a-1.png", "a-2.png"]
    assert (tmp_path / "a-1.png").read_bytes() == b"theirs"


# Before anything is paid for.


def beneath_a_file(directory: Path) -> Path:
    """A path below a file."""
    (directory / "file").touch()
    return directory / "file" / "below"


def a_device(directory: Path) -> Path:
    """A path that is not a directory."""
    return Path(os.devnull)


def a_link_to_nowhere(directory: Path) -> Path:
    """A name that is taken, and leads nowhere."""
    (directory / "link").symlink_to("nowhere")
    return directory / "link"


@pytest.mark.parametrize("place", [beneath_a_file, a_device, a_link_to_nowhere])
def test_where_no_file_can_be_is_found_beforehand(tmp_path: Path, place: Callable[[Path], Path]) -> None:
    """A directory that cannot be made raises."""
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        prepared(place(tmp_path))


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOENT])
def test_a_directory_that_takes_no_file_is_found_beforehand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Not yours, read-only, full, or gone: whatever opening a file says."""
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    monkeypatch.setattr(image_files, "FileIO", Failing(code))
    with pytest.raises(OSError, match=os.strerror(code)):
        prepared(tmp_path)


@pytest.mark.parametrize(("length", "is_too_long"), [(230, False), (250, True)])
def test_a_name_that_may_become_too_long_is_found_beforehand(tmp_path: Path, length: int, is_too_long: bool) -> None:
    """The number of a file may have more digits than the first one."""
    if is_too_long:
        with pytest.raises(OSError, match="too long"):
            prepared(tmp_path, "a" * length)
    else:
        assert save(prepared(tmp_path, "a" * length), 1) == f"{'a' * length}-1.png"


def test_preparing_leaves_nothing_but_the_directory(tmp_path: Path) -> None:
    """It is made with those above it, and stays empty; what a killed process left there is removed."""
    prepared(tmp_path / "new" / "images")
    assert names(tmp_path / "new" / "images") == []
    (tmp_path / f".image-{'0' * 32}.part").touch()
    prepared(tmp_path)
    assert names(tmp_path) == ["new"]
