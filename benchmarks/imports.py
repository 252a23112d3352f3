"""Everybody whose import is measured in a fresh interpreter: CPU time, and peak memory of the whole process.

Also an import and the first call together, which is what a short program pays.
"""

from textwrap import indent

from attrs import frozen

from benchmarks.peers import STOCK
from benchmarks.sample import ACCELERATORS, KEY, SMALL, encode_image, make_image

_NOWHERE = "http://127.0.0.1:9/v1"
_MADE = f"(base_url={_NOWHERE!r}, api_key={KEY!r})"


@frozen
class Import:
    """What is run, and what is hidden from it.

    Attributes:
        statement: Python, in one line.
        hidden: Modules that would be imported and not used.
        call: The body of a coroutine function that makes one call after that, and returns the image in
            base64. It has `server`, a base URL, and `image`, a PNG.
    """

    statement: str
    hidden: tuple[str, ...] = ()
    call: str = ""

    @property
    def markdown(self) -> str:
        """What is run, in Markdown."""
        return f"`{self.statement}`{', then one call' if self.call else ''}"


_CALL_OF_HTTPX = """\
async with httpx.AsyncClient() as client:
    response = await client.post(server + "/images/variations", files={"image": ("image.png", image, "image/png")})
    return response.json()["data"][0]["b64_json"]
"""

_CALL_OF_OPENAI = f"""\
async with openai.AsyncOpenAI(base_url=server, api_key={KEY!r}) as client:
    return (await client.images.create_variation(image=image)).data[0].b64_json
"""

_CALL_OF_OURS = f"""\
async with Client(base_url=server, api_key={KEY!r}) as client:
    return (await create_image_variation(client, image=image)).data[0].b64_json
"""

IMPORTS: dict[str, Import] = {
    "python": Import("pass"),
    "httpx": Import("import httpx"),
    "httpx, asyncio, attrs": Import("import httpx, asyncio, attrs"),
    "aiohttp": Import("import aiohttp"),
    "openai": Import("import openai", hidden=("aiohttp",)),
    "openai[aiohttp]": Import("import openai"),
    "stock generator": Import(f"from {STOCK} import AuthenticatedClient, api, models"),
    "ours": Import("import image_variations", ACCELERATORS),
    "ours, names used": Import("from image_variations import Client, create_image_variation", ACCELERATORS),
    "httpx, client made": Import("import httpx; client = httpx.AsyncClient()"),
    "openai, client made": Import(f"import openai; client = openai.AsyncOpenAI{_MADE}; client.images", ("aiohttp",)),
    "ours, client made": Import(
        f"from image_variations import Client, create_image_variation; client = Client{_MADE}", ACCELERATORS
    ),
    "httpx, asyncio, attrs, one call": Import("import asyncio, attrs, httpx", call=_CALL_OF_HTTPX),
    "openai, one call": Import("import asyncio, openai", ("aiohttp",), _CALL_OF_OPENAI),
    "ours, one call": Import(
        "import asyncio; from image_variations import Client, create_image_variation", ACCELERATORS, _CALL_OF_OURS
    ),
}

# Nothing is imported here that is not there already, so that nobody gets it for nothing.
_PROGRAM = """\
import sys, time
for name in {hidden!r}:
    sys.modules[name] = None
server, image = {server!r}, {image!r}
start = time.process_time()
{statement}
{call}cpu = time.process_time() - start
with open("/proc/self/status", encoding="ascii") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
print('{{"cpu_ms": %f, "memory_kb": %d}}' % (cpu * 1000, peak))
"""


_CALL = """\
async def call():
{body}
image = asyncio.run(call())
"""

_CHECK = "assert image == {expected!r}, 'another image than the server\\'s came back'\n"


def make_program(name: str, server: str = _NOWHERE) -> str:
    """Make the program that measures one of `IMPORTS`.

    It prints JSON: `cpu_ms` of the statement and the call, `memory_kb` of the whole process.

    Args:
        name: Which one.
        server: The base URL that a call goes to, where every response has one small image.
    """
    chosen = IMPORTS[name]
    call = check = ""
    if chosen.call:
        call = _CALL.format(body=indent(chosen.call, " " * 4))
        check = _CHECK.format(expected=encode_image(SMALL))
    measured = _PROGRAM.format(
        hidden=chosen.hidden, server=server, image=make_image(96), statement=chosen.statement, call=call
    )
    return measured + check
