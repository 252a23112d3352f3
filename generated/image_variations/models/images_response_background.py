# Generated from the OpenAPI document by `make generate`, which discards edits.
"""The values of `ImagesResponseBackground`."""

from typing import Literal

ImagesResponseBackground = Literal["transparent", "opaque"]
"""The background that was used."""
