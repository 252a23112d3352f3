"""What a client calls itself: `User-Agent`, environment variables, and the base of its errors."""

import os
import pickle
import re
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.generation import PIN, generated
from tests.support.server import ScriptedServer
from tools.generate.identity import identity_of
from tools.openapi.document import DocumentError
from tools.openapi.settings import Settings, read_settings
from tools.paths import ROOT, SETTINGS, TEMPLATES


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Generator[ModuleType]:
    """The client of a document in a folder called images."""
    with generated(PIN, tmp_path_factory.mktemp("names"), "images") as package:
        yield package


def test_the_name_of_the_folder_gives_the_base_error(images: ModuleType) -> None:
    """Its class is called so in tracebacks, in pickles and among the exports, and every error is one."""
    assert "ImagesError" in images.__all__
    assert images.ImagesError.__qualname__ == "ImagesError"
    error = pickle.loads(pickle.dumps(images.ImagesError("lost")))  # noqa: S301  # our own
    assert repr(error) == "ImagesError('lost')"
    assert issubclass(images.StatusError, images.ImagesError)
    assert not {"ImageVariationsError", "BaseError"} & {*images.__all__, *vars(images.errors)}


async def test_the_name_of_the_folder_gives_the_environment_and_the_product(
    images: ModuleType, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    """`IMAGES_API_KEY` and `IMAGES_BASE_URL` are read, those of another client are not; the server sees `images`."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another")
    with pytest.raises(images.ConfigurationError, match="set IMAGES_API_KEY or pass api_key"):
        images.Client()
    monkeypatch.setenv("IMAGES_BASE_URL", scripted.base_url)
    monkeypatch.setenv("IMAGES_API_KEY", "sk-of-images")
    scripted.respond(200, {"created": 1, "data": [{"b64_json": "aGk="}]})
    async with images.Client() as client:
        await images.create_image_variation(client, image=png)
    [(head, _)] = scripted.requests
    assert "Authorization: Bearer sk-of-images\r\n" in head
    assert "User-Agent: images/" in head
    for name in ("IMAGES_API_KEY", "IMAGES_BASE_URL"):
        assert f"`{name}`" in (images.Client.__doc__ or "")


def test_no_file_of_another_documents_client_has_the_names_of_this_one(images: ModuleType) -> None:
    """Only the document, and the mark that says what made the files, may speak of them."""
    for module in Path(images.__file__ or "").parent.rglob("*.py"):
        code = module.read_text().partition("\n")[2]
        assert not re.search(r"OPENAI_|ImageVariationsError|image.variations/\d|2026-05-12", code), module


def test_the_runtime_knows_no_document() -> None:
    """Names of this one come from its settings."""
    for module in (TEMPLATES / "_runtime").rglob("*.py"):
        assert not re.search("openai|dall-e|image.?variations", module.read_text(), re.IGNORECASE), module


SETTLED = """\
project_name_override: acme-otters
package_version_override: 2.0.1
base_error: OtterError
environment: ACME
retired: otters are gone since 2026
"""


def test_a_file_of_settings_gives_other_names(tmp_path: Path) -> None:
    """`--config` is for any folder, and the folder's name then counts for what the file does not say."""
    (tmp_path / "otters.yml").write_text(SETTLED)
    command = [sys.executable, "-P", "-m", "tools.generate", "--out", "images", "--config", "otters.yml"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    client = (tmp_path / "images" / "client.py").read_text()
    for line in (
        'user_agent = user_agent_of("acme-otters/2.0.1", PIN)',
        'api_key_variable = "ACME_API_KEY"',
        'base_url_variable = "ACME_BASE_URL"',
        'retired = "otters are gone since 2026"',
    ):
        assert f"    {line}\n" in client
    assert "class OtterError(Exception):" in (tmp_path / "images" / "_runtime" / "errors.py").read_text()
    assert '__version__ = "2.0.1"' in (tmp_path / "images" / "__init__.py").read_text()


@pytest.mark.parametrize(
    ("package", "product", "base_error", "environment"),
    [
        ("image_variations", "image-variations", "ImageVariationsError", "IMAGE_VARIATIONS"),
        ("myAPI", "myAPI", "MyAPIError", "MYAPI"),
        ("my-client", "my-client", "MyClientError", "MY_CLIENT"),
        ("3d_models", "client-3d-models", "Client3dModelsError", "CLIENT_3D_MODELS"),
        ("\u732b", "client", "ClientError", "CLIENT"),
        ("server", "server", "ServerClientError", "SERVER"),
        ("unreadable", "unreadable", "UnreadableClientError", "UNREADABLE"),
        ("value", "value", "ValueClientError", "VALUE"),
    ],
)
def test_every_name_of_a_folder_gives_names_that_can_be_used(
    package: str, product: str, base_error: str, environment: str
) -> None:
    """None begins with a digit, and no base error has the name of another error, of the client's or of Python's."""
    found = identity_of(Settings(), package)
    assert (found.product, found.base_error, found.environment) == (product, base_error, environment)


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        (
            "base_error: StatusError",
            "base_error: 'StatusError' has to be a name that neither Python nor the client has",
        ),
        ("base_error: ValueError", "base_error: 'ValueError' has to be"),
        ("base_error: my error", "base_error: 'my error' has to be"),
        ("environment: 1ST", "environment: '1ST' has to match"),
        ("project_name_override: my images", "project_name_override: 'my images' has to match"),
        ("package_version_override: 1 beta", "package_version_override: '1 beta' has to match"),
        ("literal_enums: false", "literal_enums: must be true"),
        ("base_eror: OtterError", "base_eror: "),
        ("environment: [ACME]", "environment: "),
        ("- otters", "otters.yml: a file of settings is an object"),
        ("", "otters.yml: a file of settings is an object"),
    ],
)
def test_settings_that_cannot_be_used_are_an_error_of_one_line(tmp_path: Path, entry: str, complaint: str) -> None:
    """It names the entry; an unknown one is not ignored, because it may be a slip."""
    (tmp_path / "otters.yml").write_text(f"{entry}\n")
    with pytest.raises(DocumentError, match=re.escape(complaint)) as refusal:
        identity_of(read_settings(tmp_path / "otters.yml"), "images")
    assert "\n" not in str(refusal.value)


def test_missing_settings_are_an_error_of_one_line(tmp_path: Path) -> None:
    """They are not taken for empty ones."""
    with pytest.raises(DocumentError, match=r"none\.yml"):
        read_settings(tmp_path / "none.yml")


def test_the_settings_of_this_project_give_its_clients_names() -> None:
    """They are what programs that use it rely on."""
    found = identity_of(read_settings(SETTINGS), "anything")
    names = (found.product, found.base_error, found.environment)
    assert names == ("image-variations", "ImageVariationsError", "OPENAI")
