"""`make generate`: from the pin to the package, the same bytes every time."""

import ast
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import get_type_hints

import pytest

from tests.reference_server import ReferenceServer
from tests.support.generation import COMMITTED, PIN, edited_pin, generated
from tools.check.drift import drift
from tools.check.files import files_in
from tools.generate.generate import generate
from tools.openapi.document import DocumentError
from tools.package.manifest import MANIFEST
from tools.paths import ROOT, SETTINGS


def test_the_committed_client_is_what_the_pin_generates() -> None:
    """No file of the committed package is missing, extra, or other than `make generate` writes it."""
    drifted = drift(PIN, COMMITTED)
    assert not drifted, "\n".join(drifted)  # every file, however many


def test_generation_depends_on_neither_folder_nor_hash_seed(tmp_path: Path) -> None:
    """From another working directory, with other string hashes, the same bytes are written."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "4242", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-P", "-m", "tools.generate", "--out", "here/otters", "--config", str(SETTINGS)]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert files_in(tmp_path / "here" / "otters") == files_in(COMMITTED)


def test_a_name_that_no_file_can_have_is_an_error_of_one_line(tmp_path: Path) -> None:
    """It is said without a traceback, and no folder is left."""
    spec = edited_pin(tmp_path, ("operationId: createImageVariation", f"operationId: {'a' * 300}"))
    with pytest.raises(DocumentError, match="is too long for the name of a file"):
        generate(spec, tmp_path / "long")
    assert not (tmp_path / "long").exists()


async def test_a_changed_limit_changes_what_is_refused_and_nothing_else(
    tmp_path: Path, server: ReferenceServer, png: bytes
) -> None:
    """With `maximum: 9` in the pin ten variations are refused; one rule of the package differs, and the pin's hash."""
    spec = edited_pin(tmp_path, ("maximum: 10", "maximum: 9"))
    with generated(spec, tmp_path, "nine", config=SETTINGS) as package:
        async with package.Client(base_url=server.base_url, api_key=server.api_key) as client:
            with pytest.raises(package.InvalidRequestError, match=r"n: must be at most 9 \(got 10\)"):
                await package.create_image_variation(client, image=png, n=10)
            response = await package.create_image_variation(client, image=png, n=9, size="256x256")
    assert len(response.data) == 9
    before, after = files_in(COMMITTED), files_in(tmp_path / "nine")
    assert before.keys() == after.keys()
    assert before.pop(MANIFEST) != after.pop(MANIFEST)
    pinned, changed = [name for name in before if before[name] != after[name]]
    assert pinned == "client.py"
    old, new = (hashlib.sha256(path.read_bytes()).hexdigest().encode() for path in (PIN, spec))
    assert after[pinned] == before[pinned].replace(old, new)
    # Compared as syntax trees: a shorter number can make a line fit.
    expected = before[changed].replace(b"rules.Maximum(10)", b"rules.Maximum(9)")
    assert ast.dump(ast.parse(after[changed])) == ast.dump(ast.parse(expected))


async def test_a_new_request_property_becomes_a_keyword_that_reaches_the_server(
    tmp_path: Path, server: ReferenceServer, png: bytes
) -> None:
    """An optional string in the request schema is a typed keyword of the call, and is sent."""
    user = "        user:\n          type: string\n          examples:"
    style = "        style:\n          type: string\n          description: How to draw.\n"
    spec = edited_pin(tmp_path, (user, style + user))
    with generated(spec, tmp_path, "styled") as package:
        assert get_type_hints(package.create_image_variation)["style"] == str | None
        async with package.Client(base_url=server.base_url, api_key=server.api_key) as client:
            await package.create_image_variation(client, image=png, size="256x256", style="like a woodcut")
    assert ("style", "like a woodcut") in server.requests[-1].fields


def test_no_generated_file_speaks_of_unset_or_of_templates() -> None:
    """The package reads as if it were written by hand."""
    for name, content in files_in(COMMITTED).items():
        text = content.decode().lower()
        assert "unset" not in text, name
        assert "jinja" not in text, name
        assert "template" not in text, name


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (("openapi: 3.1.0", "openapi: 3.1.0\n  broken: ["), "openapi.yaml"),
        (("#/components/schemas/ImageGenUsage", "#/components/schemas/Nothing"), "Nothing"),
    ],
)
def test_a_document_that_cannot_be_used_leaves_the_package_as_it_was(
    tmp_path: Path, edit: tuple[str, str], complaint: str
) -> None:
    """The error is one line that names the place, and no file is touched."""
    package = tmp_path / "package"
    generate(PIN, package)
    before = files_in(package)
    with pytest.raises(DocumentError, match=complaint) as refusal:
        generate(edited_pin(tmp_path, edit), package)
    assert "\n" not in str(refusal.value)
    assert files_in(package) == before


@pytest.mark.parametrize(
    "reference", ["schemas/usage.yaml", "schemas.yaml#/Usage", "usage.yaml", "https://things.example/usage.yaml"]
)
def test_a_document_in_several_files_is_to_be_bundled_first(tmp_path: Path, reference: str) -> None:
    """The line says so here too, for a document that was not pinned."""
    spec = edited_pin(tmp_path, ("#/components/schemas/ImageGenUsage", reference))
    with pytest.raises(DocumentError) as refusal:
        generate(spec, tmp_path / "package")
    assert f": {reference} is in another file; bundle the document into one file first" in str(refusal.value)
