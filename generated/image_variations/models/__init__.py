# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The document's schemas as attrs classes, and its enums as `Literal` types."""

from .create_image_variation_request import CreateImageVariationRequest
from .create_image_variation_request_model import CreateImageVariationRequestModel
from .create_image_variation_request_response_format import CreateImageVariationRequestResponseFormat
from .create_image_variation_request_size import CreateImageVariationRequestSize
from .error import Error
from .error_response import ErrorResponse
from .image import Image
from .image_gen_input_usage_details import ImageGenInputUsageDetails
from .image_gen_output_tokens_details import ImageGenOutputTokensDetails
from .image_gen_usage import ImageGenUsage
from .images_response import ImagesResponse
from .images_response_background import ImagesResponseBackground
from .images_response_output_format import ImagesResponseOutputFormat
from .images_response_quality import ImagesResponseQuality
from .images_response_size import ImagesResponseSize

__all__ = [
    "CreateImageVariationRequest",
    "CreateImageVariationRequestModel",
    "CreateImageVariationRequestResponseFormat",
    "CreateImageVariationRequestSize",
    "Error",
    "ErrorResponse",
    "Image",
    "ImageGenInputUsageDetails",
    "ImageGenOutputTokensDetails",
    "ImageGenUsage",
    "ImagesResponse",
    "ImagesResponseBackground",
    "ImagesResponseOutputFormat",
    "ImagesResponseQuality",
    "ImagesResponseSize",
]
