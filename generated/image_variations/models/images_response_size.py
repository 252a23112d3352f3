# Generated from the OpenAPI document by `make generate`, which discards edits.
"""The values of `ImagesResponseSize`."""

from typing import Literal

ImagesResponseSize = Literal["1024x1024", "1024x1536", "1536x1024"]
"""Width and height of the variations, in pixels."""
