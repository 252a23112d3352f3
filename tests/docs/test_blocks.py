"""Every block of the documentation runs, and prints what its page says."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
import trustme

from tests.docs.blocks import PAGES, ROOT, RUN, SHOWN, blocks_of, has_blocks, is_admonition, kinds_of
from tests.docs.exemptions import read_exemptions
from tests.reference_server import ReferenceServer
from tests.support.pictures import make_png
from tests.support.sampling import sampled

LONGEST_RUN = 120
"""Seconds after which a page is taken to hang."""

PAGES_WITH_BLOCKS = [page for page in PAGES if has_blocks(page)]

SAMPLE = [ROOT / path for path in ("README.md", "docs/start.md", "docs/guides/images.md")]
"""The pages that `make test` runs: commands and programs, those of a newcomer, and a guide. `make docs` runs all."""


def make_folder(folder: Path) -> None:
    """Give a page what its blocks take for granted: an image, a folder of photos, documents, and certificates."""
    (folder / "otter.png").write_bytes(make_png())
    (folder / "photos").mkdir()
    (folder / "photos" / "otter.png").write_bytes(make_png())
    for name in ("other.yaml", "newer.yaml"):
        (folder / name).write_bytes((ROOT / "openapi.yaml").read_bytes())
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "company-ca.pem")
    certificate = authority.issue_cert("client.example")
    certificate.private_key_pem.write_to_path(folder / "client.key")
    certificate.cert_chain_pems[0].write_to_path(folder / "client.pem")


@pytest.mark.parametrize(
    "page",
    sampled(PAGES_WITH_BLOCKS, *SAMPLE),
    ids=[page.relative_to(ROOT).as_posix() for page in PAGES_WITH_BLOCKS],
)
async def test_every_block_runs(page: Path, tmp_path: Path) -> None:
    """What a reader copies from a page works, and prints what the page says."""
    make_folder(tmp_path)
    async with ReferenceServer() as server:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.docs.run", page, "--server", server.base_url),
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "OPENAI_BASE_URL": server.base_url,
                "OPENAI_API_KEY": server.api_key,
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(LONGEST_RUN):
            output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


def test_every_block_is_of_a_kind_that_is_known() -> None:
    """One that is called `bash`, `py` or `console` would be shown, and never run."""
    kinds = {(page.name, kind) for page in PAGES for kind in kinds_of(page)}
    known = {*RUN, *SHOWN}
    assert {
        (name, kind) for name, kind in kinds if kind.split(" ")[0] not in known and not is_admonition(kind)
    } == set()


def test_a_block_within_another_is_found(tmp_path: Path) -> None:
    """In a list, a quotation and a note, with the line that it has on its page."""
    page = tmp_path / "page.md"
    page.write_text(
        "- item\n\n  ```python\n  a\n  ```\n\n> ~~~sh\n> b\n> ~~~\n\n````{note}\nWords.\n\n```python\nc\n```\n````\n"
    )
    assert [(block.line, block.language, block.code) for block in blocks_of(page)] == [
        (4, "python", "a\n"),
        (8, "sh", "b\n"),
        (15, "python", "c\n"),
    ]
    assert has_blocks(page)


def test_an_exemption_is_of_a_block_that_is_there() -> None:
    """A block that was changed or removed is not exempt any more."""
    blocks = [(page, block) for page in PAGES for block in blocks_of(page)]
    unused = [each for each in read_exemptions() if not any(each.is_of(page, block) for page, block in blocks)]
    assert not unused
