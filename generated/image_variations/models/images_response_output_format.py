# Generated from the OpenAPI document by `make generate`, which discards edits.
"""The values of `ImagesResponseOutputFormat`."""

from typing import Literal

ImagesResponseOutputFormat = Literal["png", "webp", "jpeg"]
"""The file format of the variations."""
