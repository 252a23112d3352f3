# Generated from the OpenAPI document by `make generate`, which discards edits.
"""The values of `CreateImageVariationRequestSize`."""

from typing import Literal

CreateImageVariationRequestSize = Literal["256x256", "512x512", "1024x1024"]
"""Width and height of each variation, in pixels."""
