"""The fixtures for pytest, in small suites of their own, each in a process of its own."""

import re
import shutil
import subprocess
import sys
import textwrap
from importlib.metadata import entry_points
from pathlib import Path

from tools.paths import PACKAGE

SHARED = """
PHOTO = b"\\x89PNG\\r\\n\\x1a\\n" + b"\\0\\0\\0\\rIHDR" + (64).to_bytes(4, "big") * 2

async def vary(client):
    from image_variations import create_image_variation
    return await create_image_variation(client, image=PHOTO)

async def over_the_fake(fake_images):
    from image_variations import Client
    fake_images.fails(429)
    async with Client(transport=fake_images) as client:
        await vary(client)
    assert [request.attempt for request in fake_images.requests] == [1, 2]

async def over_the_socket(image_variations_server):
    from image_variations import Client
    image_variations_server.fails(500)
    async with Client(base_url=image_variations_server.base_url) as client:
        await vary(client)
    assert image_variations_server.billed == 1
"""

MARKED = """
import pytest
from shared import over_the_fake, over_the_socket

pytestmark = pytest.mark.{mark}

async def test_over_the_fake(fake_images):
    await over_the_fake(fake_images)

async def test_over_the_socket(image_variations_server):
    await over_the_socket(image_variations_server)
"""

UNITTEST = """
import unittest
from image_variations.testing import FakeImages
from shared import over_the_fake, over_the_socket

class Cases(unittest.IsolatedAsyncioTestCase):
    async def test_over_the_fake(self):
        await over_the_fake(self.enterContext(FakeImages()))

    async def test_over_the_socket(self):
        await over_the_socket(self.enterContext(FakeImages().serving()))
"""

ONLY_ASYNCIO = """
import pytest

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""

LEFT_OVER = """
def test_that_uses_no_fault(fake_images):
    fake_images.fails(429)

def test_that_uses_no_fault_of_a_server(image_variations_server):
    image_variations_server.hangs()
"""


def run(folder: Path, *options: str) -> str:
    """Run the tests of a folder, with warnings as errors, and return what pytest says."""
    settings = "filterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
    (folder / "pytest.ini").write_text(f"[pytest]\n{settings}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_it_works_with_every_way_to_run_async_tests(tmp_path: Path) -> None:
    """In pytest-asyncio's strict mode, anyio's plugin, and unittest. A fault that is left over fails its test."""
    (tmp_path / "shared.py").write_text(SHARED)
    (tmp_path / "test_asyncio.py").write_text(MARKED.format(mark="asyncio"))
    (tmp_path / "test_anyio.py").write_text(MARKED.format(mark="anyio"))
    (tmp_path / "test_unittest.py").write_text(UNITTEST)
    (tmp_path / "test_left_over.py").write_text(LEFT_OVER)
    (tmp_path / "conftest.py").write_text(ONLY_ASYNCIO)
    said = run(tmp_path, "-o", "asyncio_mode=strict")
    assert re.search(r"^E +AssertionError: no request met fails\(429\)", said, re.MULTILINE), said
    assert re.search(r"^E +AssertionError: no request met hangs\(\)", said, re.MULTILINE)
    assert "8 passed, 2 errors" in said


def test_a_copy_names_the_plugin_itself(tmp_path: Path) -> None:
    """Without an entry point, a line in `conftest.py` gives the same fixtures; here in pytest-asyncio's other mode."""
    shutil.copytree(PACKAGE, tmp_path / "otters")
    (tmp_path / "shared.py").write_text(SHARED.replace("image_variations import", "otters import"))
    (tmp_path / "test_copy.py").write_text(MARKED.format(mark="filterwarnings('error')"))
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["otters.pytest_plugin"]\n')
    said = run(tmp_path, "-p", "no:image_variations.pytest_plugin", "-o", "asyncio_mode=auto")
    assert "2 passed" in said, said


def test_the_plugin_imports_nothing_but_pytest() -> None:
    """It is loaded in every run of everybody who has the client installed, whether or not they use it."""
    program = textwrap.dedent(
        """
        import sys
        import pytest
        before = set(sys.modules)
        import image_variations.pytest_plugin
        print({name for name in set(sys.modules) - before if name.partition(".")[2] not in ("", "models")})
        """
    )
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert output.strip() == "{'image_variations.pytest_plugin'}"


def test_the_entry_point_leads_to_the_plugin() -> None:
    """It has the module's name, so that naming the module too does not load it a second time."""
    [found] = [point for point in entry_points(group="pytest11") if point.name.startswith("image_variations")]
    assert found.name == found.value == "image_variations.pytest_plugin"
