# Generated from the OpenAPI document by `make generate`, which discards edits.
"""The values of `CreateImageVariationRequestModel`."""

from typing import Literal

CreateImageVariationRequestModel = Literal["dall-e-2"]
