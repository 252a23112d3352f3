# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The values of `ImagesResponseOutputFormat`."""

from typing import Literal

ImagesResponseOutputFormat = Literal["png", "webp", "jpeg"]
"""The file format of the variations."""
