"""Every shape of contract that this path has had, and its neighbours: pinned, generated, typed and called."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.contracts import CONTRACTS, Contract, document, pinned, selected
from tests.support.server import ScriptedServer
from tools.generate.generate import generate
from tools.openapi.document import DocumentError
from tools.paths import SETTINGS
from tools.survey.packages import share_runtime

IMAGES = {"created": 1, "data": [{"b64_json": "aGk="}]}
IDS = [contract.package for contract in CONTRACTS]

Clients = Mapping[str, ModuleType]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each contract's client is generated from its pin."""
    folder = tmp_path_factory.mktemp("contracts")
    for contract in CONTRACTS:
        spec = folder / f"{contract.package}.yaml"
        spec.write_text(pinned(contract.document, *contract.operations).text, encoding="utf-8")
        generate(spec, folder / contract.package, config=SETTINGS)  # one runtime is for all
    return folder


@pytest.fixture(scope="module")
def clients(folder: Path) -> Iterator[Clients]:
    """The clients, imported."""
    sys.path.insert(0, str(folder))
    yield {contract.package: importlib.import_module(contract.package) for contract in CONTRACTS}
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] in IDS]:
        del sys.modules[name]


@pytest.mark.parametrize("contract", CONTRACTS, ids=IDS)
async def test_each_contracts_client_calls_its_server(
    clients: Clients, scripted: ScriptedServer, png: bytes, contract: Contract
) -> None:
    """Key, headers, path and body go where the contract has them, and the answer is read."""
    package = clients[contract.package]
    scripted.respond(200, ["otter-1"] if contract.call == "list_models" else IMAGES)
    picture = {"image": png} if contract.call not in ("create_image", "list_models") else {}
    async with package.Client(base_url=scripted.base_url, api_key="key", max_retries=0) as client:
        result = await getattr(package, contract.call)(client, **picture, **contract.arguments)
    [(head, body)] = scripted.requests
    for line in contract.sent:
        assert f"\r\n{line}".lower() in f"\r\n{head}".lower()
    has_bearer = contract.document not in ("security_absent", "security_alternatives", "operation_servers")
    assert ("authorization: bearer key" in head.lower()) == has_bearer
    assert png in body or not picture
    assert result == ["otter-1"] if contract.call == "list_models" else result.data[0].b64_json == "aGk="
    assert package.Client.server == contract.server


async def test_what_a_contract_closes_is_refused_before_it_is_sent(clients: Clients, png: bytes) -> None:
    """A closed enum, exclusive limits and lengths of headers are rules of the client."""
    closed, headers = clients["closed_model"], clients["header_parameters"]
    for arguments in ({"model": "another"}, {"strength": 0.0}, {"quality": "hd"}, {"style": "off"}):
        async with closed.Client(base_url="http://127.0.0.1:9") as client:
            with pytest.raises(closed.InvalidRequestError, match=next(iter(arguments))):
                await closed.create_image_variation(client, image=png, **arguments)
    async with headers.Client(base_url="http://127.0.0.1:9") as client:
        with pytest.raises(headers.InvalidRequestError, match="X-Trace: must"):
            await headers.create_image_variation(client, image=png, x_trace="longer than 8")


def test_modules_for_pictures_come_only_with_pictures(folder: Path, clients: Clients) -> None:
    """`images.py` needs the schema of a picture: without one it is not there, nor what it exports."""
    assert not (folder / "neighbours_listmodels" / "images.py").exists()
    assert {"fetch_image", "save_images"}.isdisjoint(clients["neighbours_listmodels"].__all__)
    for contract in CONTRACTS:
        if contract.call != "list_models":
            assert (folder / contract.package / "images.py").exists(), contract.package
            assert f"{contract.call}_files" in clients[contract.package].__all__


def test_several_operations_share_one_client(clients: Clients) -> None:
    """The variations and their neighbours are functions beside each other, with one `ImagesResponse`."""
    names = clients["neighbours_createimagevariation_createimageedit_createimage"].__all__
    calls = {"create_image", "create_image_edit", "create_image_edit_json", "create_image_variation"}
    assert calls < set(names)
    assert "ImagesResponse" in names


def test_events_and_what_asks_for_them_are_pinned(clients: Clients) -> None:
    """No note says that they are left out, and only the function that gives them sends the field."""
    pin = pinned("neighbours", "createImageEdit", "createImage")
    assert not [note for note in pin.notes if "event-stream" in note]
    assert "PartialImages" in pin.text
    package = clients["neighbours_createimage"]
    assert {"create_image_events", "Partial", "ServerSentEvent"} <= set(package.__all__)
    for function in (package.create_image, package.create_image_events):
        assert "stream" not in function.__annotations__
        assert "partial_images" in function.__annotations__


def test_an_operation_of_nothing_but_events_is_pinned() -> None:
    """Its response is as good as any: no note speaks of it."""
    pin = pinned("neighbours", "watchImages")
    assert "text/event-stream" in pin.text
    assert not [note for note in pin.notes if "event-stream" in note]


def test_credentials_beyond_the_key_are_named(clients: Clients) -> None:
    """Of alternatives that all ask for several, the docstring says what the caller has to send."""
    docstring = " ".join((clients["security_alternatives"].create_image_variation.__doc__ or "").split())
    assert "The server asks for more than the client's `api_key`: the header x-provider-key (ProviderKey)." in docstring


def test_a_scheme_that_is_used_and_never_declared_is_named() -> None:
    """An undeclared scheme is an error, also where another alternative would do."""
    text = document("security_present").read_text().replace("  - Key: []", "  - Key: []\n  - Lost: []")
    with pytest.raises(DocumentError) as refusal:
        selected(text)
    assert str(refusal.value) == (
        "POST /images/variations/security: the scheme Lost is used and not declared in components/securitySchemes"
    )


@pytest.mark.slow
def test_mypy_and_pyright_find_nothing_in_any_of_them(folder: Path, tmp_path: Path) -> None:
    """Both pass in their strict modes, over all clients at once."""
    # Each has its part of the runtime, which is checked elsewhere: here they share the whole, a level up.
    shared = tmp_path / "contracts"
    for runtime in folder.glob("*/_runtime"):
        shutil.copytree(runtime, shared / "_runtime", dirs_exist_ok=True)
    (shared / "__init__.py").touch()
    for path in folder.glob("*/**/*.py*"):
        if "_runtime" not in path.parts:
            target = shared / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    share_runtime(shared)
    options = {"include": ["contracts"], "typeCheckingMode": "strict", "reportUnnecessaryTypeIgnoreComment": "error"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({**options, "pythonVersion": "3.11"}))
    mypy = ["mypy", "--strict", "--disallow-any-explicit", f"--cache-dir={tmp_path / 'cache'}", "contracts"]
    for command in (mypy, ["pyright", "--pythonpath", sys.executable]):
        run = [sys.executable, "-m", *command]
        result = subprocess.run(run, cwd=tmp_path, check=False, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr
        assert re.search(r"no issues found in \d{3} source files|^0 errors", result.stdout)
