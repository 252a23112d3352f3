"""Turn any picture into the square PNG that the endpoint takes.

IN a file's content and a way to fit. OUT the content to send, and a line that says what was done. NOT files or calls.
"""

from .fit import FittedImage, fit_image
from .threads import run_in_pool
from .thumbnails import draw_thumbnail

__all__ = ["FittedImage", "draw_thumbnail", "fit_image", "run_in_pool"]
