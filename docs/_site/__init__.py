"""What the site needs beyond Sphinx: public names where users import them, and a drawing of the architecture."""

from sphinx.application import Sphinx

from _site.picture import Picture
from _site.reference import complain_of_missing, complain_of_silence, name_publicly, resolve_external


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    name_publicly()
    app.add_directive("mermaid", Picture)
    app.connect("missing-reference", resolve_external)
    app.connect("autodoc-process-docstring", complain_of_silence)
    app.connect("env-check-consistency", complain_of_missing)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
