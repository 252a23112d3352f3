"""What the site needs beyond Sphinx: public names where users import them, a drawing of the architecture, numbers."""

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

from _site.picture import Picture
from _site.reference import (
    complain_of_missing,
    complain_of_silence,
    complain_of_silent_members,
    complain_of_unseen_links,
    name_publicly,
    resolve_external,
)


class English(SearchEnglish):
    """The words that the search knows: numbers as well, for a status is what people look for."""

    def word_filter(self, word: str) -> bool:
        """Return whether a word goes into the index."""
        return (word.isdigit() and len(word) == 3) or super().word_filter(word)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    name_publicly()
    app.add_directive("mermaid", Picture)
    app.add_search_language(English)
    app.connect("missing-reference", resolve_external)
    app.connect("autodoc-process-docstring", complain_of_silence)
    app.connect("env-check-consistency", complain_of_missing)
    app.connect("env-check-consistency", complain_of_silent_members)
    app.connect("doctree-read", complain_of_unseen_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
