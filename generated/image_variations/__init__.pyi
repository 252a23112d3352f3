# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""What type checkers and editors know of the public names, which are imported when they are first used."""

from .api.images.create_image_variation import create_image_variation as create_image_variation
from .api.images.create_image_variation import create_image_variation_detailed as create_image_variation_detailed
from .api.images.create_image_variation import create_image_variation_files as create_image_variation_files
from .api.images.create_image_variation import create_image_variation_stream as create_image_variation_stream
from .client import PIN as PIN
from .client import Client as Client
from .errors import AuthenticationError as AuthenticationError
from .errors import BadRequestError as BadRequestError
from .errors import CallTimeoutError as CallTimeoutError
from .errors import ClientStateError as ClientStateError
from .errors import ConfigurationError as ConfigurationError
from .errors import ConflictError as ConflictError
from .errors import ConnectionFailedError as ConnectionFailedError
from .errors import ConnectionLostError as ConnectionLostError
from .errors import GatewayError as GatewayError
from .errors import ImageVariationsError as ImageVariationsError
from .errors import InvalidRequestError as InvalidRequestError
from .errors import NotFoundError as NotFoundError
from .errors import PayloadTooLargeError as PayloadTooLargeError
from .errors import PermissionDeniedError as PermissionDeniedError
from .errors import QuotaExceededError as QuotaExceededError
from .errors import RateLimitError as RateLimitError
from .errors import RedirectError as RedirectError
from .errors import ResponseError as ResponseError
from .errors import SaveError as SaveError
from .errors import ServerError as ServerError
from .errors import StatusError as StatusError
from .errors import TLSError as TLSError
from .errors import TransportError as TransportError
from .errors import UnprocessableEntityError as UnprocessableEntityError
from .images import fetch_image as fetch_image
from .images import save_images as save_images
from .models.create_image_variation_request import CreateImageVariationRequest as CreateImageVariationRequest
from .models.create_image_variation_request_model import (
    CreateImageVariationRequestModel as CreateImageVariationRequestModel,
)
from .models.create_image_variation_request_response_format import (
    CreateImageVariationRequestResponseFormat as CreateImageVariationRequestResponseFormat,
)
from .models.create_image_variation_request_size import (
    CreateImageVariationRequestSize as CreateImageVariationRequestSize,
)
from .models.error import Error as Error
from .models.error_response import ErrorResponse as ErrorResponse
from .models.image import Image as Image
from .models.image_gen_input_usage_details import ImageGenInputUsageDetails as ImageGenInputUsageDetails
from .models.image_gen_output_tokens_details import ImageGenOutputTokensDetails as ImageGenOutputTokensDetails
from .models.image_gen_usage import ImageGenUsage as ImageGenUsage
from .models.images_response import ImagesResponse as ImagesResponse
from .models.images_response_background import ImagesResponseBackground as ImagesResponseBackground
from .models.images_response_output_format import ImagesResponseOutputFormat as ImagesResponseOutputFormat
from .models.images_response_quality import ImagesResponseQuality as ImagesResponseQuality
from .models.images_response_size import ImagesResponseSize as ImagesResponseSize
from .types import Attempt as Attempt
from .types import File as File
from .types import FileContent as FileContent
from .types import FileInput as FileInput
from .types import Outcome as Outcome
from .types import Pin as Pin
from .types import Response as Response
from .types import StreamedImage as StreamedImage

__version__: str
