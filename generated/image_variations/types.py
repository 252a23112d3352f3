# Generated from the OpenAPI document by `make generate`, which discards edits.
"""The types of arguments and responses that belong to no schema."""

from ._runtime.attempt import Attempt
from ._runtime.files import File, FileContent, FileInput
from ._runtime.images import StreamedImage
from ._runtime.pin import Pin
from ._runtime.policy import Outcome
from ._runtime.response import Response

__all__ = ["Attempt", "File", "FileContent", "FileInput", "Outcome", "Pin", "Response", "StreamedImage"]
