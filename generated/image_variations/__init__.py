# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Make variations of an image."""

from importlib import import_module

TYPE_CHECKING = False  # type checkers take it for True, as they do typing's; importing typing would cost time
if TYPE_CHECKING:
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
    from .types import Attempt, File, FileContent, FileInput, Outcome, Pin, Response, StreamedImage

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
    "Outcome",
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
    "StreamedImage",
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

_MODULES = {
    "Attempt": ".types",
    "AuthenticationError": ".errors",
    "BadRequestError": ".errors",
    "CallTimeoutError": ".errors",
    "Client": ".client",
    "ClientStateError": ".errors",
    "ConfigurationError": ".errors",
    "ConflictError": ".errors",
    "ConnectionFailedError": ".errors",
    "ConnectionLostError": ".errors",
    "CreateImageVariationRequest": ".models.create_image_variation_request",
    "CreateImageVariationRequestModel": ".models.create_image_variation_request_model",
    "CreateImageVariationRequestResponseFormat": ".models.create_image_variation_request_response_format",
    "CreateImageVariationRequestSize": ".models.create_image_variation_request_size",
    "Error": ".models.error",
    "ErrorResponse": ".models.error_response",
    "File": ".types",
    "FileContent": ".types",
    "FileInput": ".types",
    "GatewayError": ".errors",
    "Image": ".models.image",
    "ImageGenInputUsageDetails": ".models.image_gen_input_usage_details",
    "ImageGenOutputTokensDetails": ".models.image_gen_output_tokens_details",
    "ImageGenUsage": ".models.image_gen_usage",
    "ImageVariationsError": ".errors",
    "ImagesResponse": ".models.images_response",
    "ImagesResponseBackground": ".models.images_response_background",
    "ImagesResponseOutputFormat": ".models.images_response_output_format",
    "ImagesResponseQuality": ".models.images_response_quality",
    "ImagesResponseSize": ".models.images_response_size",
    "InvalidRequestError": ".errors",
    "NotFoundError": ".errors",
    "Outcome": ".types",
    "PIN": ".client",
    "PayloadTooLargeError": ".errors",
    "PermissionDeniedError": ".errors",
    "Pin": ".types",
    "QuotaExceededError": ".errors",
    "RateLimitError": ".errors",
    "RedirectError": ".errors",
    "Response": ".types",
    "ResponseError": ".errors",
    "SaveError": ".errors",
    "ServerError": ".errors",
    "StatusError": ".errors",
    "StreamedImage": ".types",
    "TLSError": ".errors",
    "TransportError": ".errors",
    "UnprocessableEntityError": ".errors",
    "create_image_variation": ".api.images.create_image_variation",
    "create_image_variation_detailed": ".api.images.create_image_variation",
    "create_image_variation_files": ".api.images.create_image_variation",
    "create_image_variation_stream": ".api.images.create_image_variation",
    "fetch_image": ".images",
    "save_images": ".images",
}
"""Where each public name comes from."""


if not TYPE_CHECKING:  # hidden from type checkers, which would otherwise accept any name

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used (PEP 562): importing the package alone costs next to nothing."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
