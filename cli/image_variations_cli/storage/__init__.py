"""Where the files of a batch go.

IN a stem and images. OUT names of files that are there for good. NOT rows, responses, what is paid.
"""

from .files import Directory, link_to, read_file
from .names import safe_stem
from .opening import open_storage
from .storage import ImageFiles, Storage

__all__ = [
    "Directory",
    "ImageFiles",
    "Storage",
    "link_to",
    "open_storage",
    "read_file",
    "safe_stem",
]
