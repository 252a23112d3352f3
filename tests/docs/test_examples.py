"""The page that shows the examples."""

from tests.docs.blocks import ROOT


def test_the_site_shows_every_example() -> None:
    """Each program and workflow of `examples/` is on the page of the examples."""
    page = (ROOT / "docs" / "examples.md").read_text()
    examples = [file for pattern in ("*.py", "*.yml") for file in (ROOT / "examples").rglob(pattern)]
    missing = [str(file.relative_to(ROOT)) for file in examples if f"../{file.relative_to(ROOT)}\n" not in page]
    assert examples
    assert not missing
