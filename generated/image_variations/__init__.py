"""Make variations of a picture."""

from .api.images.create_image_variation import (
    create_image_variation,
    create_image_variation_detailed,
    create_image_variation_files,
    create_image_variation_stream,
)
from .client import PIN, Client
from .errors import (
    AuthenticationError,
    BadRequestError,
    CallTimeoutError,
    ClientStateError,
    ConfigurationError,
    ConflictError,
    ConnectionFailedError,
    ConnectionLostError,
    GatewayError,
    ImageVariationsError,
    InvalidRequestError,
    NotFoundError,
    PayloadTooLargeError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    RedirectError,
    ResponseError,
    SaveError,
    ServerError,
    StatusError,
    TLSError,
    TransportError,
    UnprocessableEntityError,
)
from .images import fetch_image, save_images
from .models.create_image_variation_request import CreateImageVariationRequest
from .models.create_image_variation_request_model import CreateImageVariationRequestModel
from .models.create_image_variation_request_response_format import CreateImageVariationRequestResponseFormat
from .models.create_image_variation_request_size import CreateImageVariationRequestSize
from .models.error import Error
from .models.error_response import ErrorResponse
from .models.image import Image
from .models.image_gen_input_usage_details import ImageGenInputUsageDetails
from .models.image_gen_output_tokens_details import ImageGenOutputTokensDetails
from .models.image_gen_usage import ImageGenUsage
from .models.images_response import ImagesResponse
from .models.images_response_background import ImagesResponseBackground
from .models.images_response_output_format import ImagesResponseOutputFormat
from .models.images_response_quality import ImagesResponseQuality
from .models.images_response_size import ImagesResponseSize
from .types import Attempt, File, FileContent, FileInput, Pin, Response

__version__ = "0.1.0"

__all__ = [
    "PIN",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "CallTimeoutError",
    "Client",
    "ClientStateError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "ConnectionLostError",
    "CreateImageVariationRequest",
    "CreateImageVariationRequestModel",
    "CreateImageVariationRequestResponseFormat",
    "CreateImageVariationRequestSize",
    "Error",
    "ErrorResponse",
    "File",
    "FileContent",
    "FileInput",
    "GatewayError",
    "Image",
    "ImageGenInputUsageDetails",
    "ImageGenOutputTokensDetails",
    "ImageGenUsage",
    "ImageVariationsError",
    "ImagesResponse",
    "ImagesResponseBackground",
    "ImagesResponseOutputFormat",
    "ImagesResponseQuality",
    "ImagesResponseSize",
    "InvalidRequestError",
    "NotFoundError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "Pin",
    "QuotaExceededError",
    "RateLimitError",
    "RedirectError",
    "Response",
    "ResponseError",
    "SaveError",
    "ServerError",
    "StatusError",
    "TLSError",
    "TransportError",
    "UnprocessableEntityError",
    "__version__",
    "create_image_variation",
    "create_image_variation_detailed",
    "create_image_variation_files",
    "create_image_variation_stream",
    "fetch_image",
    "save_images",
]
