"""Which document a client was made from: read from its header, kept as `PIN`, and said to servers."""

import hashlib
import re
from importlib.metadata import version
from pathlib import Path

import image_variations
import pytest
from image_variations import PIN, Client, Pin, create_image_variation

from tests.support.generation import PIN as DOCUMENT
from tests.support.generation import edited_pin, generated
from tests.support.server import ScriptedServer
from tools.openapi.header import commit_of, fields

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_the_pin_names_the_document_that_the_client_was_generated_from() -> None:
    """`PIN` has the hash of openapi.yaml, and the commit that its header names."""
    content = DOCUMENT.read_bytes()
    assert Pin(hashlib.sha256(content).hexdigest(), commit_of(content.decode())) == PIN
    assert PIN.commit == "f85dbe223d40e1a31cba812ab2d755c7e98a92a3"


def test_the_version_is_that_of_the_distribution() -> None:
    """`__version__` and the installed metadata say the same."""
    assert image_variations.__version__ == version("image-variations")


async def test_every_request_says_version_and_pin(scripted: ScriptedServer, png: bytes) -> None:
    """`User-Agent` is the product, and a comment with both hashes shortened."""
    scripted.respond(200, {"created": 1, "data": [{"url": "https://example.com/1.png"}]})
    async with Client(base_url=scripted.base_url) as client:
        await create_image_variation(client, image=png)
    said = f"image-variations/{image_variations.__version__} (pin {PIN.sha256[:12]}; upstream f85dbe223d40)"
    assert f"\r\nuser-agent: {said}\r\n" in scripted.requests[0].head.lower()


def test_a_user_agent_is_a_product_and_a_comment() -> None:
    """Its form is that of RFC 9110, section 10.1.5."""
    token, ctext = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", r"[\t !-'*-\[\]-~]*"
    assert re.fullmatch(rf"{token}/{token} \({ctext}\)", Client.user_agent)


def test_a_document_without_a_header_gives_a_pin_without_a_commit(tmp_path: Path) -> None:
    """A client of any other document has that document's hash, and says no upstream commit."""
    spec = tmp_path / "openapi.yaml"
    text = DOCUMENT.read_text(encoding="utf-8")
    spec.write_text(text[text.index("openapi: 3.1.0") :], encoding="utf-8")
    with generated(spec, tmp_path, "bare") as package:
        sha256 = hashlib.sha256(spec.read_bytes()).hexdigest()
        assert (package.PIN.sha256, package.PIN.commit) == (sha256, None)
        assert package.Client.user_agent == f"bare/0.1.0 (pin {sha256[:12]})"


def test_the_pin_of_another_document_is_that_documents(tmp_path: Path) -> None:
    """Its header is read like the pin's own."""
    spec = edited_pin(tmp_path, (f"# Commit      {PIN.commit}", f"# Commit      {COMMIT}"))
    with generated(spec, tmp_path, "other") as package:
        assert COMMIT == package.PIN.commit != PIN.commit
        assert package.PIN.sha256 == hashlib.sha256(spec.read_bytes()).hexdigest() != PIN.sha256


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"# Read from   a/b, c.yaml (MIT)  \r\n# Commit {COMMIT} (today)\r\n", ("a/b, c.yaml (MIT)", COMMIT)),
        (f"\ufeff\n#\n#Commit\t{COMMIT}\n", (None, COMMIT)),
        (f"# Commit {COMMIT[:39]}\n# Commit {COMMIT}0\n# Commit {COMMIT.upper()}\n", (None, None)),
        (f"openapi: 3.1.0\n# Commit {COMMIT}\n", (None, None)),
        (f"# See the commit {COMMIT}\n# Read from\n", (None, None)),
        ("", (None, None)),
    ],
)
def test_provenance_is_read_from_the_comment_lines_at_the_top(text: str, found: tuple[str | None, str | None]) -> None:
    """A commit is 40 hexadecimal digits in a line of its own, before the document's first key."""
    assert (dict(fields(text)).get("Read from"), commit_of(text)) == found
