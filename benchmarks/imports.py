"""What it costs a fresh interpreter to be ready: CPU time of the import, and peak memory of the whole process."""

from attrs import frozen

from benchmarks.sample import ACCELERATORS, KEY
from benchmarks.stock import PACKAGE

_MADE = f"(base_url='http://127.0.0.1:9/v1', api_key='{KEY}')"


@frozen
class Import:
    """What is run, and what is not to be found meanwhile.

    Attributes:
        statement: Python, in one line.
        hidden: Modules that would be imported and not used.
    """

    statement: str
    hidden: tuple[str, ...] = ()


IMPORTS: dict[str, Import] = {
    "python": Import("pass"),
    "httpx": Import("import httpx"),
    "httpx, asyncio, attrs": Import("import httpx, asyncio, attrs"),
    "aiohttp": Import("import aiohttp"),
    "openai": Import("import openai", hidden=("aiohttp",)),
    "openai[aiohttp]": Import("import openai"),
    "stock generator": Import(f"from {PACKAGE} import AuthenticatedClient, api, models"),
    "ours": Import("import image_variations", ACCELERATORS),
    "ours, names used": Import("from image_variations import Client, create_image_variation", ACCELERATORS),
    "httpx, client made": Import("import httpx; client = httpx.AsyncClient()"),
    "openai, client made": Import(f"import openai; client = openai.AsyncOpenAI{_MADE}; client.images", ("aiohttp",)),
    "ours, client made": Import(
        f"from image_variations import Client, create_image_variation; client = Client{_MADE}", ACCELERATORS
    ),
}

# Nothing is imported here that is not there already, so that nobody gets it for nothing.
_PROGRAM = """\
import sys, time
for name in {hidden!r}:
    sys.modules[name] = None
start = time.process_time()
{statement}
cpu = time.process_time() - start
with open("/proc/self/status", encoding="ascii") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
print('{{"cpu_ms": %f, "memory_kb": %d}}' % (cpu * 1000, peak))
"""


def program(name: str) -> str:
    """The program that measures one of `IMPORTS` and prints JSON: `cpu_ms` of the import, `memory_kb` of it all."""
    chosen = IMPORTS[name]
    return _PROGRAM.format(hidden=chosen.hidden, statement=chosen.statement)
