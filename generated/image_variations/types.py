# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The types of arguments and responses that belong to no schema."""

from ._runtime.attempt import Attempt, Outcome
from ._runtime.images.streamed_image import StreamedImage
from ._runtime.pin import Pin
from ._runtime.request.files import File, FileContent, FileInput
from ._runtime.response.response import Response

__all__ = ["Attempt", "File", "FileContent", "FileInput", "Outcome", "Pin", "Response", "StreamedImage"]
