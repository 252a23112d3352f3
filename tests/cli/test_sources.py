"""What the arguments of a batch stand for."""

import errno
import io
import os
import socket
import sys
import tracemalloc
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import attrs
import pytest
from image_variations import CreateImageVariationRequest
from image_variations_cli.errors import UsageError
from image_variations_cli.ledger import FILE_NAME
from image_variations_cli.rows import FieldValue, Source
from image_variations_cli.sources import ListFormat, Sources
from image_variations_cli.sources.files import MAX_FILE_SIZE
from image_variations_cli.sources.folders import LEDGER_NAME
from image_variations_cli.sources.lists import INTEGER_FIELDS
from image_variations_cli.text import show_text


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a test, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make_files(*names: str | bytes) -> None:
    """Make files with their folders."""
    for name in map(os.fsdecode, names):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"x")


def find(*arguments: str, output_dir: str = "out") -> list[str]:
    """Return what arguments stand for: the name of each source, and its problem if it has one."""
    return names_of(Sources(arguments, Path(output_dir)))


def names_of(sources: Iterable[Source]) -> list[str]:
    """Return the name of each source, and its problem if it has one."""
    return [source.name if source.problem is None else f"{source.name}: {source.problem}" for source in sources]


def fields_of(*arguments: str) -> list[dict[str, FieldValue]]:
    """Return the fields of the sources that arguments stand for."""
    return [dict(source.fields) for source in Sources(arguments, Path("out"))]


def read_input(content: bytes, list_format: ListFormat) -> list[str]:
    """Return what a list on standard input names."""
    return names_of(Sources(["-"], Path("out"), io.BytesIO(content), list_format))


def test_a_folder_yields_its_images_sorted() -> None:
    """A folder stands for the images in it and below it, sorted by name; files of other kinds are counted."""
    make_files("photos/b.PNG", "photos/a/2.jpg", "photos/a/10.heic", "photos/c.webp", "photos/a.txt", "photos/x.pdf")
    sources = Sources(["photos"], Path("out"))
    assert names_of(sources) == ["photos/a/10.heic", "photos/a/2.jpg", "photos/b.PNG", "photos/c.webp"]
    assert str(sources.left_out) == "2 without an image's extension"


def test_hidden_entries_and_output_are_left_out() -> None:
    """Hidden entries, the output directory, and folders with another batch's ledger are not looked into."""
    make_files(".secret.png", ".git/a.png", "out/1.png", "before/ledger.sqlite3", "before/1.png", "a.png")
    sources = Sources(["."], Path("out"))
    assert names_of(sources) == ["a.png"]
    assert str(sources.left_out) == "2 with the output of a batch"
    assert find("out", "**/*.png", "*") == ["a.png"]
    assert find("before", "before/*.png") == ["before/1.png"]


def test_the_output_directory_is_known_by_any_name(folder: Path) -> None:
    """A link to the output directory, and another spelling of its path, lead nowhere either."""
    make_files("out/1.png", "photos/a.png")
    Path("photos/results").symlink_to("../out")
    assert find("photos", output_dir=str(folder / "photos" / ".." / "out")) == ["photos/a.png"]
    assert find(".", output_dir=".") == []


def test_links_that_lead_back_end() -> None:
    """A folder is walked once, whichever links lead to it, and a link to a file counts as a file."""
    make_files("photos/a/1.png", "photos/b/2.png")
    links = {"photos/a/up": "..", "photos/b/side": "../a", "photos/self": ".", "photos/z.png": "a/1.png"}
    for link, target in links.items():
        Path(link).symlink_to(target)
    sources = Sources(["photos"], Path("out"))
    assert names_of(sources) == ["photos/a/1.png", "photos/b/2.png", "photos/z.png"]
    assert sources.left_out.repeated == 3
    assert find("photos/**/*.png") == ["photos/z.png", "photos/a/1.png", "photos/b/2.png"]


def test_a_file_that_is_named_counts_whatever_its_extension() -> None:
    """An extension matters for what a folder holds, and not for what an argument names; hidden files count too."""
    make_files("scan", "photo.dat", ".hidden.png", "archive.zip")
    arguments = ["scan", "photo.dat", ".hidden.png", "archive.zip"]
    assert find(*arguments) == arguments


@pytest.mark.parametrize(
    ("argument", "names"),
    [
        ("photos/*.png", ["photos/1.png", "photos/2.png"]),
        ("photos/?.png", ["photos/1.png", "photos/2.png"]),
        ("photos/[13].*", ["photos/1.png", "photos/3.jpg"]),
        ("photos/*", ["photos/1.png", "photos/2.png", "photos/3.jpg", "photos/deep/4.png"]),
        ("photos/**", ["photos/1.png", "photos/2.png", "photos/3.jpg", "photos/deep/4.png"]),
        ("**/*.png", ["photos/1.png", "photos/2.png", "photos/deep/4.png"]),
        ("*/**/**/*.png", ["photos/1.png", "photos/2.png", "photos/deep/4.png"]),
        ("photos/*.dat", ["photos/raw.dat"]),
        ("*/deep/4.png", ["photos/deep/4.png"]),
        ("nothing/*.png", ["nothing/*.png: no file matches it"]),
    ],
)
def test_a_glob_that_no_shell_expanded_is_expanded(argument: str, names: list[str]) -> None:
    """A pattern stands for what a shell would have made of it, sorted, and images alone if it names no extension."""
    make_files("photos/2.png", "photos/1.png", "photos/3.jpg", "photos/deep/4.png", "photos/raw.dat", "photos/.5.png")
    assert find(argument) == names
    assert find(os.path.abspath(argument)) == [os.path.abspath(name) for name in names]


def test_a_file_that_looks_like_a_glob_is_a_file() -> None:
    """A name with brackets or a star is a name if there is such a file."""
    make_files("[1].png", "1.png", "a*.png", "ab.png")
    assert find("[1].png", "a*.png") == ["[1].png", "a*.png"]


def test_what_several_arguments_lead_to_counts_once() -> None:
    """Shells expand `photos/**` to folders and their files: what is named is taken, and no folder yields it again."""
    make_files("photos/a/1.png", "photos/a/2.png", "photos/3.png")
    assert find("photos/a", "photos/a/1.png", "photos/3.png") == ["photos/a/2.png", "photos/a/1.png", "photos/3.png"]
    assert find("photos/a", "photos", "photos/*.png") == ["photos/a/1.png", "photos/a/2.png", "photos/3.png"]
    assert find("photos/3.png", "photos/3.png") == ["photos/3.png", "photos/3.png"]


@pytest.mark.parametrize(
    "name",
    [
        *("two\nlines.png", 'double"quote.png', "it's.png", "-rf.png", "--help.png", "-", "Фото 1.png", "猫.png"),
        *("écran.png", "spaces  inside.png", " leading.png", "$(id).png", "a;b.png", "back\\slash.png", "#1.png"),
        *("\x1b[31mred.png", "gnp.\u202eevil.png", "👩‍👩‍👧.png", b"bytes-\xff\xfe.png", ".png", "100%.png", "~.png"),
    ],
)
def test_any_name_is_a_name(name: str | bytes) -> None:
    """Line breaks, quotes, dashes, alphabets and bytes that are no UTF-8 change nothing, and are shown in one line."""
    make_files(b"photos/" + os.fsencode(name))
    path = Path("photos") / os.fsdecode(name)
    for argument in ("photos", str(path), f"./{path}", str(path.absolute())):
        if name in ("-", ".png") and argument == "photos":
            continue
        (source,) = Sources([argument], Path("out"))
        assert source.problem is None
        assert source.path is not None
        assert source.path.samefile(path)
        assert source.stem == path.stem
        assert source.name.encode().isascii() or source.name.isprintable() or "👩" in source.name
        assert "\n" not in source.name
        assert "\x1b" not in source.name
        assert "\u202e" not in source.name


def test_names_are_shown_as_they_can_be_read() -> None:
    """What would break a line, a terminal or the direction of writing is escaped; other alphabets and emoji are not."""
    assert show_text("a\nb\x1b[1m\u202e\udcff\u2028") == r"a\nb\x1b[1m\u202e\xff\u2028"
    assert show_text("Фото 猫 👩‍👩‍👧 3.04\u202fPM.png") == "Фото 猫 👩‍👩‍👧 3.04\u202fPM.png"


def test_what_cannot_be_read_is_a_source_with_a_problem() -> None:
    """A missing file, a dead link, a circle of links, a pipe, a socket and a huge file say why; the others go on."""
    make_files("photos/good.png")
    Path("photos/dead.png").symlink_to("gone.png")
    Path("photos/circle.png").symlink_to("circle.png")
    os.mkfifo("photos/pipe.png")
    with socket.socket(socket.AF_UNIX) as listener, Path("photos/huge.png").open("wb") as huge:
        listener.bind("photos/socket.png")
        huge.truncate(MAX_FILE_SIZE + 1)
        assert find("photos", "missing.png", "nul\0.png", "x" * 300 + ".png") == [
            "photos/circle.png: it cannot be read: Too many levels of symbolic links",
            "photos/dead.png: it is a link to gone.png, which does not exist",
            "photos/good.png",
            f"photos/huge.png: it has {MAX_FILE_SIZE + 1:,} bytes, but may have at most {MAX_FILE_SIZE:,}",
            "photos/pipe.png: it is no regular file",
            "photos/socket.png: it is no regular file",
            "missing.png: there is no such file",
            r"nul\x00.png: it cannot be read: embedded null byte",
            "x" * 300 + ".png: it cannot be read: File name too long",
        ]


def test_a_folder_that_may_not_be_read_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission is one failed source, and those beside it go on."""
    make_files("photos/a/1.png", "photos/b.png")
    list_names = os.listdir

    def refuse(folder: Path) -> list[str]:
        if folder == Path("photos/a"):  # root, who runs the tests of some machines, may read everything
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return list_names(folder)

    monkeypatch.setattr(os, "listdir", refuse)
    assert find("photos") == ["photos/a: it cannot be read: Permission denied", "photos/b.png"]


def test_an_output_directory_is_known_by_the_ledger() -> None:
    """The name that folders with output are known by is that of the ledger's file."""
    assert LEDGER_NAME == FILE_NAME


@pytest.mark.parametrize("extension", ["txt", "TXT"])
def test_a_text_list_has_a_path_a_line(extension: str) -> None:
    """Paths are relative to the list's folder; a BOM, CRLF, blank lines, and copied quotes and blanks do no harm."""
    make_files("lists/a.png", "lists/b c.png", "lists/ d.png", "e.png", 'lists/"q".png', b"lists/\xff.png")
    lines = [b"a.png", b"", b'"b c.png"', b" d.png", b"  ../e.png ", b'"q".png', b"\xff.png", b"gone.png"]
    Path(f"lists/list.{extension}").write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    assert find(f"lists/list.{extension}") == [
        *("lists/a.png", "lists/b c.png", "lists/ d.png", "lists/../e.png", 'lists/"q".png', r"lists/\xff.png"),
        "lists/gone.png: there is no such file",
    ]


def test_a_csv_list_has_fields_in_its_columns() -> None:
    """Every column but the path's is a form field, `n` an integer, and an empty cell is not given."""
    make_files("a.png", "b, c.png", "two\nlines.png")
    Path("list.csv").write_bytes(
        b"\xef\xbb\xbfimage,n,size,prompt,\r\n"
        b'a.png,2,512x512,"a ""red"" otter",0\r\n'
        b'"b, c.png",,, ,1\r\n'
        b"\r\n"
        b'"two\nlines.png", 3,x\r\n'
    )
    assert find("list.csv") == ["a.png", "b, c.png", r"two\nlines.png"]
    assert fields_of("list.csv") == [
        {"n": 2, "size": "512x512", "prompt": 'a "red" otter'},
        {},
        {"n": 3, "size": "x"},
    ]


@pytest.mark.parametrize(
    "content",
    [b"Path;n\na.png;2\n", b"n\tFILE\n2\ta.png\n", "image,n\na.png,2\n".encode("utf-16"), b'"image","n"\n"a.png","2"'],
)
def test_csv_lists_come_as_spreadsheets_write_them(content: bytes) -> None:
    """Semicolons, tabs and UTF-16 are understood, and the path's column has one of three names in any case."""
    make_files("a.png")
    Path("list.csv").write_bytes(content)
    assert find("list.csv") == ["a.png"]
    assert fields_of("list.csv") == [{"n": 2}]


def test_a_jsonl_list_has_typed_fields() -> None:
    """A line is an object or a path; null is not given, and other values keep their types."""
    make_files("a.png", "b.png")
    Path("list.jsonl").write_text(
        '{"image": "a.png", "n": 2.0, "user": null, "strength": 0.5, "hd": true, "model": "m"}\n\n"b.png"\n'
    )
    assert find("list.jsonl") == ["a.png", "b.png"]
    fields = fields_of("list.jsonl")
    assert fields == [{"n": 2, "strength": 0.5, "hd": True, "model": "m"}, {}]
    assert isinstance(fields[0]["n"], int)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("l.csv", b"name,n\na,1\n", ":1: its header has no column image, path or file, but 'name,n'"),
        ("l.csv", b"\n", ":1: its header has no column image, path or file, but ''"),
        ("l.csv", b"image,path\na,b\n", ":2: it names 2 images; it must have one of image, path, file"),
        ("l.csv", b"image,n\na,1,2\n", ":2: it has 3 cells, but the header has 2; quote what has a delimiter"),
        ("l.csv", b"image,n\n,1\n", ":2: it names 0 images; it must have one of image, path, file"),
        ("l.csv", b'image,n\n"a" b,1\n', ":2: it is no CSV: ',' expected after '\"'"),
        ("l.csv", b"image,user\na,\xff\n", ":2: user must be UTF-8 text"),
        ("l.jsonl", b"{\n", ":1: it is no JSON: Expecting property name"),
        ("l.jsonl", b"[" * 100_000, ":1: it is no JSON: maximum recursion depth exceeded"),
        ("l.jsonl", b"3\n", ':1: it must be a path or an object, such as {"image": "otter.png"}'),
        ("l.jsonl", b'{"n": 1}\n', ":1: it names 0 images; it must have one of image, path, file"),
        ("l.jsonl", b'{"image": 3}\n', ":1: image must be a path, but is 3"),
        ("l.jsonl", b'{"image": "a", "n": [1]}\n', ":1: n must be a string, a number, true or false"),
        ("l.jsonl", b'{"image": "a", "n": NaN}\n', ":1: n must be a string, a number, true or false"),
        ("l.jsonl", b'{"image": "a", "user": "\\ud800"}\n', ":1: user must be UTF-8 text"),
        ("l.jsonl", b'{"image": "\\ud800"}\n', None),
        ("l.txt", b"folder\n", None),
    ],
)
def test_a_line_that_cannot_be_used_is_a_problem_of_its_own(name: str, content: bytes, problem: str | None) -> None:
    """A line that names no image says why, with the list and its number, and the lines after it go on."""
    make_files("good.png", "folder/x.png")
    good = {"l.csv": b"good.png\n", "l.jsonl": b'\n"good.png"\n', "l.txt": b"good.png\n"}[name]
    Path(name).write_bytes(content + good)
    first, *rest = Sources([name], Path("out"))
    assert first.problem is not None
    if problem is not None:
        assert f"{first.name}: {first.problem}".startswith(f"{name}{problem}")
    if ":1: its header" not in str(problem):
        assert names_of(rest) == ["good.png"]


def test_a_list_that_is_no_text_is_an_image() -> None:
    """An image that is called like a list is taken as what it is."""
    Path("photo.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert find("photo.txt") == ["photo.txt"]


def test_a_list_that_cannot_be_read_is_a_problem() -> None:
    """A list that is not there, and one in half a UTF-16, are one failed source each."""
    Path("cut.txt").write_bytes("a.png\n".encode("utf-16")[:-1])
    assert find("gone.csv") == ["gone.csv: there is no such file"]
    assert find("cut.txt")[-1].startswith("cut.txt: it cannot be read: ")


def test_standard_input_is_a_list() -> None:
    """`-` reads a list whose format is named; its paths are relative to the working directory."""
    make_files("a.png", "b.png")
    assert read_input(b"a.png\nb.png\n", "txt") == ["a.png", "b.png"]
    assert read_input(b"image;n\na.png;1\n", "csv") == ["a.png"]
    assert read_input(b'"b.png"', "jsonl") == ["b.png"]


def test_standard_input_without_a_format_is_wrong_usage() -> None:
    """`-` alone says what to add, and a second `-` that there is one standard input."""
    with pytest.raises(UsageError, match=r"--format \(txt, csv, jsonl\)"):
        Sources(["-"], Path("out"), io.BytesIO())
    with pytest.raises(UsageError, match="more than once"):
        Sources(["-", "-"], Path("out"), io.BytesIO(), "txt")


def test_the_integer_fields_are_those_of_the_pin() -> None:
    """What a CSV file writes as digits is sent as an integer if the pin's field is one."""
    integers = [
        field.name
        for field in attrs.fields(CreateImageVariationRequest)
        if "must be of type integer" in map(str, field.metadata.get("rules", ()))
    ]
    assert tuple(integers) == INTEGER_FIELDS


def test_a_long_list_is_not_held_in_memory() -> None:
    """A list of a million lines is read as its sources are asked for."""
    lines = b"".join(b"%06d.png\n" % number for number in range(1000)) * 1000
    sources = iter(Sources(["-"], Path("out"), io.BytesIO(lines), "txt"))
    next(sources)
    tracemalloc.start()
    try:
        assert sum(1 for _ in islice(sources, 2000)) == 2000
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_deep_folders_are_walked(folder: Path) -> None:
    """Folders may lie deeper in each other than Python calls functions."""
    depth = sys.getrecursionlimit() + 100
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    Path("deep.png").write_bytes(b"x")
    os.chdir(folder)
    found = find(".")
    os.chdir("d/" * depth)
    Path("deep.png").unlink()
    for _ in range(depth):  # what pytest removes folders with calls itself for each
        os.chdir("..")
        os.rmdir("d")
    assert len(found) == 1
