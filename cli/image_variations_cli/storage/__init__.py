"""Where the files of a batch go.

IN a stem and images. OUT names of files that are on the disk. NOT rows, responses, what is paid.
"""

from .files import Directory, ImageFiles
from .names import safe_stem

__all__ = ["Directory", "ImageFiles", "safe_stem"]
