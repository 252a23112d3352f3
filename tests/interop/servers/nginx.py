"""nginx, as people put it in front of a server: limits, time-outs, TLS, and connections that it closes soon."""

from collections.abc import Mapping
from pathlib import Path

import trustme
from attrs import evolve

from tests.interop.installs import Debian
from tests.interop.recipes import HOST, Recipe, Stage, free_port
from tests.interop.scenes import KEY, LARGE_IMAGE, LOST, USUAL_SCENES, Options, Place, Scene, draw, protocol
from tests.interop.transports import HTTP2
from tests.support.server import ScriptedServer
from tests.support.turns import SILENCE

INSTALL = Debian("nginx-light", "nginx")

_CONFIGURATION = """\
daemon off;
user root;
worker_processes 1;
pid {scratch}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {scratch}/body;
  proxy_temp_path {scratch}/proxy;
  fastcgi_temp_path {scratch}/fastcgi;
  uwsgi_temp_path {scratch}/uwsgi;
  scgi_temp_path {scratch}/scgi;
  limit_req_zone $http_x_caller zone=minute:1m rate=1r/m;
  limit_req_zone $http_x_caller zone=seconds:1m rate=30r/m;
  add_header x-protocol $server_protocol;
  server {{
    listen {host}:{plain};
    listen {host}:{tls} ssl http2;
    ssl_certificate {scratch}/server.pem;
    ssl_certificate_key {scratch}/server.pem;
    location /v1/ {{ proxy_pass {upstream}; client_max_body_size 8m; }}
    location /brief/ {{ proxy_pass {upstream}/v1/; keepalive_timeout 1s; }}
    location /small/ {{ proxy_pass {upstream}/v1/; client_max_body_size 1m; }}
    location /lossy/ {{ proxy_pass {lossy}/v1/; }}
    location /silent/ {{ proxy_pass {silent}/v1/; proxy_read_timeout 1s; }}
    location /down/ {{ proxy_pass http://{host}:{down}/v1/; }}
    location /limited/ {{ proxy_pass {upstream}/v1/; limit_req zone=minute; }}
    location /limited-429/ {{ proxy_pass {upstream}/v1/; limit_req zone=seconds; limit_req_status 429; }}
  }}
}}
"""


def write_certificate(scratch: Path) -> Path:
    """Write a certificate for this host and its key to `server.pem`, and return the file of who signed it."""
    authority, trusted = trustme.CA(), scratch / "authority.pem"
    authority.cert_pem.write_to_path(trusted)
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(scratch / "server.pem")
    return trusted


async def start_nginx(stage: Stage) -> tuple[int, int, Path]:
    """Start it; return its ports for http and https, and the file of the authority that it is trusted by."""
    silent = await stage.enter(ScriptedServer(SILENCE))
    trusted, plain, tls = write_certificate(stage.scratch), free_port(), free_port()
    config = stage.scratch / "nginx.conf"
    text = _CONFIGURATION.format(
        scratch=stage.scratch,
        host=HOST,
        plain=plain,
        tls=tls,
        down=free_port(),
        upstream=stage.upstream_origin,
        silent=silent.origin,
        lossy=stage.behind.lossy.origin,
    )
    config.write_text(text, encoding="utf-8")
    await stage.start(INSTALL.path, "-p", stage.scratch, "-c", config, port=plain)
    return plain, tls, trusted


async def start(stage: Stage) -> Mapping[str, Place]:
    """Start it."""
    plain, tls, trusted = await start_nginx(stage)
    places = {name: Place(f"http://{HOST}:{plain}/{name}", {"api_key": KEY}) for name in _PATHS}
    return {**places, "tls": Place(f"https://{HOST}:{tls}/v1", {"api_key": KEY}, {"SSL_CERT_FILE": str(trusted)})}


_PATHS = ("v1", "brief", "small", "lossy", "silent", "down", "limited", "limited-429")

RECIPE = Recipe(
    name="nginx",
    title="nginx",
    what="what stands in front of many servers",
    works="yes",
    install=INSTALL,
    start=start,
    scenes=(
        *(evolve(scene, place="v1") for scene in USUAL_SCENES),
        Scene("over TLS", draw(n=2), "2 PNG images", "tls"),
        Scene("over HTTP/2", protocol(), "1 PNG image over HTTP/2.0", "tls", transports=(HTTP2,)),
        Scene(
            "2 MB, with `client_max_body_size 1m`",
            draw(image=LARGE_IMAGE),
            "PayloadTooLargeError 413, billed: no",
            "small",
        ),
        Scene(LOST, draw(), "GatewayError 502, billed: unknown", "lossy"),
        Scene("the server behind it is down", draw(), "GatewayError 502, billed: unknown", "down"),
        Scene("too slow for `proxy_read_timeout 1s`", draw(), "GatewayError 504, billed: unknown", "silent"),
        Scene(
            "two calls, with `limit_req` of one",
            draw(calls=2),
            "1 PNG image, then GatewayError 503, billed: unknown",
            "limited",
        ),
        Scene(
            "the same, with `limit_req_status 429`",
            draw(calls=2),
            "1 PNG image, then 1 PNG image, repeated",
            "limited-429",
            Options(max_retries=8),
        ),
        Scene(
            "calls every 0.98 s, with `keepalive_timeout 1s`", draw(calls=3, gap=0.98), "3 times 1 PNG image", "brief"
        ),
    ),
    quirks=(
        "`client_max_body_size` is 1 MB unless it is set; the contract allows images of up to 4 MB.",
        "A 502, 503 or 504 of its own says nothing about the server behind it, so the call is billed `unknown` and not "
        "repeated. Set `limit_req_status 429`, which is repeated.",
        "`proxy_read_timeout` is 60 s unless it is set, and drawing may take longer.",
    ),
)
