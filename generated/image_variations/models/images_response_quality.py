# Generated from the OpenAPI document by `make generate`, which discards edits.
"""The values of `ImagesResponseQuality`."""

from typing import Literal

ImagesResponseQuality = Literal["low", "medium", "high"]
"""The quality of the variations."""
