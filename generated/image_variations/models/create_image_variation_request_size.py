# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The values of `CreateImageVariationRequestSize`."""

from typing import Literal

CreateImageVariationRequestSize = Literal["256x256", "512x512", "1024x1024"]
"""Width and height of each variation, in pixels."""
