# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The values of `ImagesResponseQuality`."""

from typing import Literal

ImagesResponseQuality = Literal["low", "medium", "high"]
"""The quality of the variations."""
