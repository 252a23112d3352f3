# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The document's schemas as attrs classes, and its enums as `Literal` types."""

from importlib import import_module

_MODULES = {
    "CreateImageVariationRequest": ".create_image_variation_request",
    "CreateImageVariationRequestModel": ".create_image_variation_request_model",
    "CreateImageVariationRequestResponseFormat": ".create_image_variation_request_response_format",
    "CreateImageVariationRequestSize": ".create_image_variation_request_size",
    "Error": ".error",
    "ErrorResponse": ".error_response",
    "Image": ".image",
    "ImageGenInputUsageDetails": ".image_gen_input_usage_details",
    "ImageGenOutputTokensDetails": ".image_gen_output_tokens_details",
    "ImageGenUsage": ".image_gen_usage",
    "ImagesResponse": ".images_response",
    "ImagesResponseBackground": ".images_response_background",
    "ImagesResponseOutputFormat": ".images_response_output_format",
    "ImagesResponseQuality": ".images_response_quality",
    "ImagesResponseSize": ".images_response_size",
}
"""The public names, and the module that each comes from. Type checkers read `__init__.pyi`."""

__all__ = list(_MODULES)  # pyright: ignore[reportUnsupportedDunderAll]  # it reads them in the stub


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562): importing the package alone costs next to nothing."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
