"""tinyproxy, a forward proxy that wants a password, between the client and servers with and without TLS."""

import base64
import ssl
from collections.abc import Mapping

from tests.interop.installs import Debian
from tests.interop.recipes import HOST, Recipe, Stage, free_port
from tests.interop.scenes import IMAGE, KEY, USUAL, Place, Scene, draw
from tests.interop.servers.nginx import write_certificate
from tests.support.server import ScriptedServer
from tests.support.turns import reply

INSTALL = Debian("tinyproxy", "tinyproxy")

_CONFIGURATION = """\
Listen {host}
Port {port}
Timeout 60
MaxClients 20
Allow {host}
BasicAuth otter river
ConnectPort {tls}
"""


async def start(stage: Stage) -> Mapping[str, Place]:
    """Start it."""
    trusted = write_certificate(stage.scratch)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(stage.scratch / "server.pem")
    drawn = reply(200, {"created": 1, "data": [{"b64_json": base64.b64encode(IMAGE).decode()}]})
    server = await stage.enter(ScriptedServer(drawn, tls=context))
    port, config = free_port(), stage.scratch / "tinyproxy.conf"
    config.write_text(_CONFIGURATION.format(host=HOST, port=port, tls=server.port), encoding="utf-8")
    await stage.start(INSTALL.path, "-d", "-c", config, port=port)

    def through(base_url: str, password: str) -> Place:
        proxy = f"http://otter:{password}@{HOST}:{port}"
        variables = {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(trusted)}
        return Place(base_url, {"api_key": KEY}, variables)

    return {
        "http": through(stage.upstream, "river"),
        "https": through(server.base_url, "river"),
        "http, refused": through(stage.upstream, "wrong"),
        "https, refused": through(server.base_url, "wrong"),
    }


_LOST = "ConnectionLostError, billed: unknown"
_UNAUTHORISED = "AuthenticationError 401, billed: no"

RECIPE = Recipe(
    name="tinyproxy",
    title="tinyproxy",
    what="a proxy on the way out, as `HTTP_PROXY` and `HTTPS_PROXY` name it",
    works="yes",
    install=INSTALL,
    start=start,
    scenes=(
        Scene("to a server without TLS", draw(n=2), "2 PNG images", "http"),
        Scene("to a server with TLS", draw(), "1 PNG image", "https"),
        Scene(
            "a wrong password, without TLS",
            draw(says="proxy"),
            f'{_UNAUTHORISED}, says "proxy"',
            "http, refused",
            unlike=dict.fromkeys(USUAL[1:], f"{_UNAUTHORISED} or {_LOST}"),
        ),
        Scene(
            "a wrong password, with TLS",
            draw(says="proxy"),
            'ConnectionFailedError, billed: no, repeated, says "proxy"',
            "https, refused",
            unlike=dict.fromkeys(USUAL[1:], "ConnectionFailedError, billed: no, repeated"),
        ),
    ),
    quirks=(
        "It responds to a wrong password with 401 in place of 407, and resets the connection while the image is on its "
        "way. Only the default transport names the proxy, and always reads the response.",
    ),
)
