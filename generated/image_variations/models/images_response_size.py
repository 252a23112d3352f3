# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The values of `ImagesResponseSize`."""

from typing import Literal

ImagesResponseSize = Literal["1024x1024", "1024x1536", "1536x1024"]
"""Width and height of the variations, in pixels."""
