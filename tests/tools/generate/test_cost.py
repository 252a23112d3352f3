"""What repeating an operation does, by its method or by the document: what is sent again, and what is billed."""

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.generation import generated
from tests.support.server import ScriptedServer
from tools.generate.generate import generate
from tools.openapi.cost import Cost, cost_of
from tools.openapi.derive import derive
from tools.openapi.document import DocumentError, load, operations
from tools.openapi.read import read
from tools.paths import ROOT

COSTS = ROOT / "tests" / "documents" / "costs.yaml"

READS, REPEATS, COUNTS = Cost(True, False), Cost(True, True), Cost(False, True)

BY_OPERATION = {
    "listJobs": READS,
    "countJobs": READS,
    "showJobs": READS,
    "replaceJobs": REPEATS,
    "dropJobs": REPEATS,
    "addJob": COUNTS,
    "changeJobs": COUNTS,
    "search": COUNTS,
    "storeSearch": READS,
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client of the document, as it is pinned."""
    folder: Path = tmp_path_factory.mktemp("costs")
    spec = folder / "openapi.yaml"
    spec.write_text(derive(read(str(COSTS)), list(BY_OPERATION), None).text)
    with generated(spec, folder, "costs") as module:
        yield module


def test_the_method_says_what_repeating_an_operation_does_unless_the_document_does() -> None:
    """Safe methods are free and idempotent, PUT and DELETE idempotent; `x-idempotent` and `x-billed` say otherwise."""
    found = {str(raw["operationId"]): cost_of(path, method, raw) for path, method, raw in operations(load(COSTS))}
    assert found == BY_OPERATION


@pytest.mark.parametrize("name", ["list_jobs", "replace_jobs", "drop_jobs", "add_job", "search", "store_search"])
async def test_an_unknown_outcome_of_an_idempotent_operation_is_sent_again(package: ModuleType, name: str) -> None:
    """A 504 of a gateway may have been carried out; the bill says "no" if the operation is not billed."""
    cost = {"list_jobs": READS, "replace_jobs": REPEATS, "drop_jobs": REPEATS, "store_search": READS}.get(name, COUNTS)
    async with ScriptedServer() as server, package.Client(base_url=server.base_url, max_retries=1) as client:
        server.respond(504, "<html>")
        with pytest.raises(package.GatewayError) as error:
            await getattr(package, name)(client)
    assert len(server.requests) == (2 if cost.is_idempotent else 1)
    assert error.value.billed == ("unknown" if cost.is_billed else "no")


@pytest.mark.parametrize("name", ["add_job", "list_jobs", "search"])
async def test_a_request_without_a_body_that_reaches_no_server_was_not_sent(package: ModuleType, name: str) -> None:
    """Only what is written to a connection may have arrived, whatever the method."""
    async with ScriptedServer() as server:
        nobody = server.base_url
    async with package.Client(base_url=nobody, max_retries=0) as client:
        with pytest.raises(package.ConnectionFailedError) as error:
            await getattr(package, name)(client)
    assert error.value.billed == "no"


@pytest.mark.parametrize(("name", "billed"), [("list_jobs", "no"), ("replace_jobs", "yes"), ("search", "yes")])
async def test_a_success_of_an_operation_that_is_not_billed_is_free(
    package: ModuleType, name: str, billed: str
) -> None:
    """Its response and each of its attempts say so."""
    async with ScriptedServer() as server, package.Client(base_url=server.base_url) as client:
        server.script = [b"HTTP/1.1 204 No Content\r\n\r\n"]
        response = await getattr(package, f"{name}_detailed")(client)
    assert (response.billed, response.attempts[0].billed) == (billed, billed)


@pytest.mark.parametrize("name", ["x-idempotent", "x-billed"])
def test_a_cost_that_is_not_a_boolean_is_refused(tmp_path: Path, name: str) -> None:
    """`make pin` says so in one line, of an overlay's too, and `make generate` of any document."""
    spec, overlay = tmp_path / "document.yaml", tmp_path / "overlay.yaml"
    spec.write_text(COSTS.read_text().replace("operationId: addJob,", f"operationId: addJob, {name}: 'no',"))
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: T, version: '1'}\n"
        f"actions: [{{target: \"$.paths['/jobs'].post\", update: {{{name}: 'no'}}}}]\n"
    )
    complaint = f"POST /jobs/{name}: has to be true or false, and is 'no'"
    for source, changes in ((spec, None), (COSTS, overlay)):
        with pytest.raises(DocumentError) as refusal:
            derive(read(str(source)), ["addJob"], changes)
        assert str(refusal.value) == complaint
    with pytest.raises(DocumentError) as refusal:
        generate(spec, tmp_path / "package")
    assert str(refusal.value) == complaint
