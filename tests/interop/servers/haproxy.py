"""HAProxy, as people put it in front of a server: time-outs, TLS, and requests that it repeats by itself."""

from collections.abc import Mapping

from attrs import evolve

from tests.interop.installs import Debian
from tests.interop.recipes import HOST, Recipe, Stage, free_port
from tests.interop.scenes import KEY, LOST, USUAL, USUAL_SCENES, Place, Scene, draw, protocol
from tests.interop.servers.nginx import write_certificate
from tests.interop.transports import HTTP2
from tests.support.server import ScriptedServer
from tests.support.turns import SILENCE

INSTALL = Debian("haproxy", "haproxy")

_PATHS = ("v1", "lossy", "repeating", "silent", "down")

_CONFIGURATION = """\
global
  maxconn 64
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
frontend all
  bind {host}:{plain}
  bind {host}:{tls} ssl crt {scratch}/server.pem alpn h2,http/1.1
  http-request set-var(txn.protocol) req.ver
  http-response set-header x-protocol HTTP/%[var(txn.protocol)]
  use_backend %[path,field(2,/)]
backend v1
  server one {upstream}
backend lossy
  http-request replace-path /lossy/(.*) /v1/\\1
  server one {lossy}
backend repeating
  http-request replace-path /repeating/(.*) /v1/\\1
  retries 3
  retry-on all-retryable-errors
  server one {lossy}
backend silent
  http-request replace-path /silent/(.*) /v1/\\1
  timeout server 1s
  server one {silent}
backend down
  retries 0
  server one {host}:{down}
"""


async def start(stage: Stage) -> Mapping[str, Place]:
    """Start it."""
    silent = await stage.enter(ScriptedServer(SILENCE))
    trusted, plain, tls = write_certificate(stage.scratch), free_port(), free_port()
    config = stage.scratch / "haproxy.cfg"
    text = _CONFIGURATION.format(
        scratch=stage.scratch,
        host=HOST,
        plain=plain,
        tls=tls,
        down=free_port(),
        upstream=stage.upstream_origin.removeprefix("http://"),
        lossy=f"{HOST}:{stage.behind.lossy.port}",
        silent=f"{HOST}:{silent.port}",
    )
    config.write_text(text, encoding="utf-8")
    await stage.start(INSTALL.path, "-db", "-f", config, port=plain)
    places = {name: Place(f"http://{HOST}:{plain}/{name}", {"api_key": KEY}) for name in _PATHS}
    return {**places, "tls": Place(f"https://{HOST}:{tls}/v1", {"api_key": KEY}, {"SSL_CERT_FILE": str(trusted)})}


_LOST = "GatewayError 502, billed: unknown"

_EARLY = "GatewayError 503, billed: unknown or GatewayError 503, billed: unknown, repeated"
"""It comes while the image is on its way: if the connection breaks before all was sent, the call is repeated."""

RECIPE = Recipe(
    name="haproxy",
    title="HAProxy",
    what="what stands in front of many servers",
    works="yes",
    install=INSTALL,
    start=start,
    is_quick=False,
    scenes=(
        *(evolve(scene, place="v1") for scene in USUAL_SCENES),
        Scene("over TLS", draw(n=2), "2 PNG images", "tls"),
        Scene("over HTTP/2", protocol(), "1 PNG image over HTTP/2.0", "tls", transports=(HTTP2,)),
        Scene(LOST, draw(), _LOST, "lossy"),
        Scene(
            "the same, with `retry-on all-retryable-errors`",
            draw(),
            f"{_LOST} or {_LOST}, but 4 requests arrived",
            "repeating",
        ),
        Scene(
            "the server behind it is down",
            draw(),
            _EARLY,
            "down",
            unlike=dict.fromkeys(USUAL[1:], f"{_EARLY} or ConnectionLostError, billed: unknown"),
        ),
        Scene("too slow for `timeout server 1s`", draw(), "GatewayError 504, billed: unknown", "silent"),
    ),
    quirks=(
        "With `retry-on all-retryable-errors` it repeats by itself a request that it still holds as a whole, so one "
        "call may be paid for four times. `http-request disable-l7-retry if METH_POST` prevents it.",
        "Its 503 for a server that is down looks like others that come after a request was delivered. So the call is "
        "billed `unknown` and not repeated.",
        "`timeout server` must be longer than drawing takes.",
    ),
)
