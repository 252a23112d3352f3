"""The blocks that are not run, each with its reason: `exemptions.toml`. No block of Python is among them."""

import tomllib
from pathlib import Path

from attrs import frozen

from tests.docs.blocks import ROOT, Block

_FILE = Path(__file__).with_name("exemptions.toml")


@frozen
class Exemption:
    """A shell block that is not run."""

    page: str
    begins: str
    reason: str

    def is_of(self, page: Path, block: Block) -> bool:
        """Whether a block of a page is the one that is meant. A comment behind its first command does not count."""
        begins = block.first_line.partition(" #")[0].rstrip()
        return block.language == "sh" and page == ROOT / self.page and begins == self.begins


def read_exemptions() -> list[Exemption]:
    """Return the exemptions."""
    listed: list[dict[str, str]] = tomllib.loads(_FILE.read_text(encoding="utf-8"))["block"]
    return [Exemption(**block) for block in listed]


def reason_to_skip(page: Path, block: Block) -> str | None:
    """Return why a block is not run, or None if it is."""
    return next((exemption.reason for exemption in read_exemptions() if exemption.is_of(page, block)), None)
