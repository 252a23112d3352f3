"""Null in requests: `NULL` says it where the document allows it, and `None` means "not given"."""

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.echo import shape
from tests.support.server import ScriptedServer
from tools.paths import ROOT

USES = """
from datetime import date

from nulls import NULL, Body, Client, NullType, Owner, patch_it, post_form, post_word, put_it


async def allowed(client: Client, due: date | NullType | None) -> None:
    await patch_it(client, due=due, size=NULL, tags=NULL)
    await put_it(client, always=NULL, due=NULL, tags=NULL, owner=Owner(mail=NULL))
    await post_word(client, body=NULL)
    sent = Body(always=1, due=NULL, tags=NULL, owner=NULL)
    if sent.due is not None:
        sent.due.isoformat()


async def refused(client: Client) -> None:
    await patch_it(client, name=NULL)
    await put_it(client, always=1, name=NULL)
    await post_form(client, due=NULL)
    Body(always=1, name=NULL)
"""
_FIRST = 2 + USES[: USES.index("async def refused")].count("\n")
REFUSED = set(range(_FIRST, 1 + len(USES.splitlines())))
"""The lines of the uses that are to be refused."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the package."""
    return tmp_path_factory.mktemp("nulls")


@pytest.fixture(scope="module")
def package(folder: Path) -> Iterator[ModuleType]:
    """The client of the document."""
    with shape("nulls", folder) as module:
        yield module


async def test_null_is_sent_and_none_is_not_given(package: ModuleType) -> None:
    """As a member, within a model, as a list, in `extra_fields` at any depth, and as the whole body."""
    null = package.NULL
    async with ScriptedServer() as server, package.Client(base_url=server.base_url) as client:
        server.respond(204)
        await package.patch_it(client, due=null, size=null, tags=null, name=None)
        await package.patch_it(client, extra_fields={"due": null, "more": {"deep": [null]}, "none": None})
        await package.post_word(client, body=null)
        await package.post_word(client)
        server.respond(200, {})
        await package.put_it(client, always=None, owner=package.Owner(mail=null))
        await package.put_it(client, always=null, due=null, tags=null, owner=null)
        bodies = [json.loads(body) if body else None for _, body in server.requests]
    assert bodies == [
        {"due": None, "size": None, "tags": None},
        {"due": None, "more": {"deep": [None]}},
        None,
        None,
        {"always": None, "owner": {"mail": None}},
        {"always": None, "due": None, "tags": None, "owner": None},
    ]
    assert [body for _, body in server.requests][2:4] == [b"null", b""]


async def test_null_is_refused_where_the_document_does_not_allow_it(package: ModuleType) -> None:
    """By the rules of the member, before anything is sent."""
    async with package.Client(base_url="http://127.0.0.1:9") as client:
        with pytest.raises(package.InvalidRequestError, match="name: must be of type string"):
            await package.patch_it(client, name=package.NULL)


@pytest.mark.parametrize("validate", [True, False])
async def test_a_form_has_no_null(package: ModuleType, *, validate: bool) -> None:
    """A keyword and a further field are refused alike, whether the rules are checked or not."""
    async with package.Client(base_url="http://127.0.0.1:9", validate=validate) as client:
        for arguments in ({"due": package.NULL}, {"extra_fields": {"due": package.NULL}}):
            with pytest.raises(package.InvalidRequestError, match="due: cannot be null in a form"):
                await package.post_form(client, **arguments)


def test_null_reads_as_none(package: ModuleType) -> None:
    """Readers of responses never see `NULL`."""
    body = package.Body.from_dict({"always": None, "due": None, "tags": None, "owner": None})
    assert (body.always, body.due, body.tags, body.owner) == (None, None, [], None)


def test_there_is_one_null(package: ModuleType) -> None:
    """Copies and pickles of it are itself, and it says its name."""
    null = package.NULL
    assert copy.deepcopy(null) is null
    assert pickle.loads(pickle.dumps(null)) is null  # noqa: S301  # its own pickle
    assert repr(null) == "NULL"


def test_a_model_writes_null(package: ModuleType) -> None:
    """`to_dict` has it as JSON does."""
    assert package.Patch(due=package.NULL).to_dict() == {"due": None}


def test_only_a_package_whose_requests_can_say_null_exports_it() -> None:
    """The client of the pin, whose nullable members are those of a form, does not."""
    pinned = (ROOT / "generated" / "image_variations" / "__init__.py").read_text(encoding="utf-8")
    assert "NULL" not in pinned


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_checkers_take_null_only_where_the_document_allows_it(
    package: ModuleType, folder: Path, checker: str
) -> None:
    """Not for a member that cannot be null, nor in a form; and who reads an attribute sees no `NULL`."""
    assert package
    (folder / "uses.py").write_text(USES, encoding="utf-8")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', encoding="utf-8")
    options = {
        "mypy": ["--strict", "--no-pretty", "--no-error-summary", f"--cache-dir={folder / 'cache'}"],
        "pyright": ["--pythonpath", sys.executable],
    }
    command = [sys.executable, "-m", checker, *options[checker], "uses.py"]
    said = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True).stdout
    found = {int(line.split(":")[1]) for line in said.splitlines() if "uses.py:" in line and "error" in line}
    assert found == REFUSED, said
