"""How `make docs` builds the site. Every warning fails the build."""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE))

project = "image-variations"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "_site"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["requirements.txt"]

html_theme = "furo"
html_title = "image-variations"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}

# A broken link, an anchor that is not there, and a type without a page are warnings.
nitpicky = True
nitpick_ignore = [("py:class", "image_variations._runtime.response.response.T")]  # the variable of a generic type
myst_heading_anchors = 3
myst_fence_as_directive = ["mermaid"]
myst_enable_extensions = ["deflist"]

# Docstrings are written for Python's `help`, with Markdown's backticks.
default_role = "code"
autodoc_type_aliases = {name: f"image_variations.{name}" for name in ("FileContent", "FileInput")}
autoclass_content = "both"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
python_maximum_signature_line_length = 80
