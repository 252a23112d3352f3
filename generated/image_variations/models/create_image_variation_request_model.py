"""The values of `CreateImageVariationRequestModel`."""

from typing import Literal

CreateImageVariationRequestModel = Literal["dall-e-2"]
