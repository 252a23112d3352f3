# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
from .create_image_variation_request import CreateImageVariationRequest as CreateImageVariationRequest
from .create_image_variation_request_model import CreateImageVariationRequestModel as CreateImageVariationRequestModel
from .create_image_variation_request_response_format import (
    CreateImageVariationRequestResponseFormat as CreateImageVariationRequestResponseFormat,
)
from .create_image_variation_request_size import CreateImageVariationRequestSize as CreateImageVariationRequestSize
from .error import Error as Error
from .error_response import ErrorResponse as ErrorResponse
from .image import Image as Image
from .image_gen_input_usage_details import ImageGenInputUsageDetails as ImageGenInputUsageDetails
from .image_gen_output_tokens_details import ImageGenOutputTokensDetails as ImageGenOutputTokensDetails
from .image_gen_usage import ImageGenUsage as ImageGenUsage
from .images_response import ImagesResponse as ImagesResponse
from .images_response_background import ImagesResponseBackground as ImagesResponseBackground
from .images_response_output_format import ImagesResponseOutputFormat as ImagesResponseOutputFormat
from .images_response_quality import ImagesResponseQuality as ImagesResponseQuality
from .images_response_size import ImagesResponseSize as ImagesResponseSize
