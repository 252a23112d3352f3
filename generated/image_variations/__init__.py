# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Make variations of an image."""

from importlib import import_module

from . import models

__version__ = "0.1.0"

_MODULES = {
    "PIN": ".client",
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
    "File": ".types",
    "FileContent": ".types",
    "FileInput": ".types",
    "GatewayError": ".errors",
    "ImageVariationsError": ".errors",
    "InvalidRequestError": ".errors",
    "NotFoundError": ".errors",
    "Outcome": ".types",
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
    "__version__": ".",
    "create_image_variation": ".api.images.create_image_variation",
    "create_image_variation_detailed": ".api.images.create_image_variation",
    "create_image_variation_files": ".api.images.create_image_variation",
    "create_image_variation_stream": ".api.images.create_image_variation",
    "fetch_image": ".images",
    "save_images": ".images",
}
"""The public names that are no models, and the module that each comes from. Type checkers read `__init__.pyi`."""

__all__ = [*_MODULES, *dir(models)]  # pyright: ignore[reportUnsupportedDunderAll]  # it reads them in the stub


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562): importing the package alone costs next to nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES.get(name, ".models"), __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
