"""`image-variations doctor`: it finds what is broken, and sends nothing that can be billed."""

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from image_variations_cli.commands.doctor.path import check_key, check_path

from tests.reference_server import ReferenceServer
from tests.support.cli import lines_of, run_command, summary_of
from tests.support.server import ScriptedServer
from tests.support.turns import reply


def test_a_server_that_works_passes_every_check(environment: ReferenceServer, tmp_path: Path) -> None:
    """Everything is looked at, nothing is posted, the key is not shown, and the status is 0."""
    before = len(environment.requests)
    result = run_command("doctor", "--json", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    names = ", ".join(str(line["name"]) for line in lines_of(result.stdout)[:-1])
    assert names == "versions, transports, HEIC, base URL, key, proxy, name, connection, TLS, path, key accepted"
    assert summary_of(result.stdout)["failed"] == 0
    assert len(environment.requests) == before
    plain = run_command("doctor", cwd=tmp_path)
    assert environment.api_key not in plain.stdout + result.stdout
    assert "Requests should get through." in plain.stdout


@pytest.mark.parametrize(
    ("arguments", "variables", "broken", "words"),
    [
        (("--base-url", "{origin}"), {}, "path", "nothing is at"),
        (("--base-url", "http://nowhere.invalid/v1"), {}, "name", "nowhere.invalid is not resolved"),
        (("--base-url", "http://127.0.0.1:9/v1"), {}, "connection", "port 9 of 127.0.0.1"),
        (("--base-url", "https://{host}/v1"), {}, "TLS", "does port"),
        ((), {"HTTP_PROXY": "http://me:secret@127.0.0.1:9"}, "connection", "the proxy's port 9 of 127.0.0.1"),
        ((), {"OPENAI_API_KEY": "a\nb"}, "settings", "key"),
        ((), {"OPENAI_BASE_URL": "", "OPENAI_API_KEY": ""}, "settings", "set OPENAI_API_KEY"),
        (("--base-url", "http://me:secret@host/v1"), {}, "settings", "must not have a user part"),
    ],
)
def test_what_is_broken_is_named_and_ends_the_checks(
    environment: ReferenceServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    variables: Mapping[str, str],
    broken: str,
    words: str,
) -> None:
    """The status is 1, the check says what to do, and no password is shown."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    origin = environment.base_url.removesuffix("/v1")
    places = {"origin": origin, "host": origin.removeprefix("http://")}
    result = run_command("doctor", "--json", *(part.format(**places) for part in arguments), cwd=tmp_path)
    assert result.returncode == 1
    last = lines_of(result.stdout)[-2]
    assert (last["name"], last["result"]) == (broken, "failed")
    assert words in str(last["message"])
    assert "secret" not in result.stdout + result.stderr


async def test_what_a_server_says_of_the_path_is_weighed() -> None:
    """POST in `Allow` shows that it is there, 401 that the key is refused; what shows nothing is no failure."""
    async with ScriptedServer() as server, httpx.AsyncClient() as client:
        url = httpx.URL(f"{server.base_url}/")
        results = list[str]()
        for turn in (
            reply(200, b"", {"Allow": "OPTIONS, post"}),
            reply(405),
            reply(200, b"<html>a page of its own</html>"),
            reply(401),
            reply(404),
            reply(502),
        ):
            server.draw(turn)
            results.append((await check_path(client, url)).result)
        assert results == ["ok", "ok", "warning", "failed", "failed", "failed"]
        server.routes["/v1/models"] = (reply(200), reply(403), reply(404))
        accepted = [(await check_key(client, url, has_key=True)).result for _ in range(3)]
        assert accepted == ["ok", "failed", "skipped"]
        assert server.posts == 0
