"""What a client is given for TLS and proxies: used as it is meant, or refused in a line that says what to pass."""

import ssl
from collections.abc import Callable

import httpx
import httpx2
import pytest
from image_variations import Client, ConfigurationError
from image_variations.transports import default, over_aiohttp, over_httpx

SERVER = "http://images.example/v1"
CONTEXT = ssl.create_default_context()

NO_PROXIES = [
    "",
    "   ",
    "proxy.example",
    "proxy.example:3128",
    "//proxy.example",
    "http://",
    "http:///x",
    "http://:3128",
    "http://otter:hunter2@",
    "http://otter:hunter2@proxy.example:99999",
    "http://otter:hunter2@proxy.example:0",
    "http://otter:hunter2@proxy.example:-1",
    "https://otter:hunter2@proxy.example:99999",
    "socks5://otter:hunter2@proxy.example:99999",
    "http://proxy.example:abc",
    "http://a b/",
    "http://a..b/",
    "http://" + "a" * 300,
    "http://xn--/",
    "http://[::1",
    "http://\ud800/",
    "http://a\0b/",
    "http://a\nb/",
    "http://%zz/",
    "http://*/",
    "ftp://proxy.example",
    "socks4://proxy.example:1",
    b"http://proxy.example",
    {"http://": "http://proxy.example"},
    ["http://proxy.example"],
    5,
    True,
    httpx.Proxy("http://otter:hunter2@proxy.example:3128"),
]
MAKERS: dict[str, Callable[[str], object]] = {
    "Client": lambda proxy: Client(base_url=SERVER, proxy=proxy),
    "default": lambda proxy: default(proxy=proxy),
    "over_httpx": lambda proxy: over_httpx(proxy=proxy),
    "over_aiohttp": lambda proxy: over_aiohttp(proxy=proxy),
}


@pytest.mark.parametrize("proxy", NO_PROXIES, ids=lambda proxy: ascii(proxy)[:40])
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_what_is_no_proxy_is_refused_unshown(make: Callable[[str], object], proxy: str) -> None:
    """When it is passed, in one line, by the client and by each transport. The URL may hold a password."""
    with pytest.raises(ConfigurationError, match=r"^proxy cannot be used: \S") as refused:
        make(proxy)
    said = f"{refused.value!r} {refused.value.__cause__!r} {refused.value.__context__!r}"
    assert "\n" not in str(refused.value)
    assert "hunter2" not in said
    assert "otter" not in said


@pytest.mark.parametrize(
    "proxy", [text for text in NO_PROXIES if isinstance(text, str) and "://" in text and text.isprintable()], ids=ascii
)
def test_what_is_no_proxy_is_refused_in_the_environment_too(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """The error says for which scheme it is named, and does not show it."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ConfigurationError, match=r"^the environment's proxy for all:// cannot be used: \S") as refused:
        Client(base_url=SERVER)
    assert "hunter2" not in f"{refused.value!r} {refused.value.__cause__!r} {refused.value.__context__!r}"


@pytest.mark.parametrize(
    "proxy",
    [
        "http://proxy.example",
        "http://proxy.example:3128/",
        "http://otter:hunter2@proxy.example:3128",
        "http://10.0.0.1:3128",
        "http://[::1]:3128",
        "http://b\xfccher.example:3128",
        "https://proxy.example",
        httpx.URL("http://otter:hunter2@proxy.example:3128"),
    ],
    ids=str,
)
def test_a_proxy_is_taken(proxy: str | httpx.URL) -> None:
    """As text or as a URL of httpx."""
    assert "hunter2" not in repr(Client(base_url=SERVER, proxy=proxy))
    default(proxy=proxy)


@pytest.mark.parametrize("option", ["ssl_context", "proxy"])
@pytest.mark.parametrize("owner", ["transport", "http_client"])
def test_options_of_connections_that_are_not_ours_are_refused(option: str, owner: str) -> None:
    """They would be ignored. The error says where they belong."""
    with pytest.raises(ConfigurationError, match=rf"^{option} belongs to .* set it where you make your {owner}$"):
        Client(
            base_url=SERVER,
            ssl_context=CONTEXT if option == "ssl_context" else None,
            proxy="http://proxy.example" if option == "proxy" else None,
            transport=default() if owner == "transport" else None,
            http_client=httpx.AsyncClient() if owner == "http_client" else None,
        )


def test_download_hosts_go_with_any_transport() -> None:
    """They say where links may lead, and not how."""
    Client(base_url=SERVER, download_hosts=["minio.internal"], transport=default())
    Client(base_url=SERVER, download_hosts=["minio.internal"], http_client=httpx.AsyncClient())


KINDS: dict[str, Callable[[], object]] = {
    "httpx.HTTPTransport": httpx.HTTPTransport,
    "httpx.Client": httpx.Client,
    "httpx2.AsyncHTTPTransport": httpx2.AsyncHTTPTransport,
    "httpx2.AsyncClient": httpx2.AsyncClient,
    "type": lambda: httpx.AsyncHTTPTransport,
    "str": lambda: "aiohttp",
    "ssl.SSLContext": lambda: CONTEXT,
}


@pytest.mark.parametrize("given", KINDS)
def test_what_cannot_send_is_refused(given: str) -> None:
    """When the client is made, and not at each call. The error says what to pass, and what was passed."""
    thing = KINDS[given]()
    with pytest.raises(ConfigurationError, match=rf"^transport must be an httpx\.AsyncBaseTransport, not an? {given}$"):
        Client(base_url=SERVER, transport=thing)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
    with pytest.raises(ConfigurationError, match=rf"^http_client must be an httpx\.AsyncClient, not an? {given}$"):
        Client(base_url=SERVER, http_client=thing)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose


@pytest.mark.parametrize("context", [True, False, "/ca.pem", ssl.create_default_context, ssl.PROTOCOL_TLS_CLIENT])
def test_what_is_no_ssl_context_is_refused(context: ssl.SSLContext) -> None:
    """Httpx takes some of these as `verify`, which this is not."""
    makers: list[Callable[[], object]] = [
        lambda: Client(base_url=SERVER, ssl_context=context),
        lambda: default(ssl_context=context),
        lambda: over_httpx(ssl_context=context),
        lambda: over_aiohttp(ssl_context=context),
    ]
    for make in makers:
        with pytest.raises(ConfigurationError, match=r"^ssl_context must be an ssl\.SSLContext, not an? "):
            make()
