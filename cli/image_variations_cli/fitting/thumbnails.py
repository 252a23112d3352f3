"""Small pictures for a page."""

import io

from .opening import open_image, refuse_damage, shrink_while_decoding
from .squares import Square, draw
from .threads import BUDGET, run_in_pool


async def draw_thumbnail(content: bytes, side: int) -> bytes:
    """Draw an image small, as WebP: upright, in sRGB, at most `side` pixels wide and high.

    Raises:
        ImageRefusedError: It is no image, it is damaged, or it has too many pixels.
    """
    return await run_in_pool(_draw_thumbnail, content, side)


def _draw_thumbnail(content: bytes, side: int) -> bytes:
    image = open_image(content)
    with refuse_damage():
        # Decoded at twice the size, because what a JPEG leaves out is chosen coarsely.
        size = Square.plan(image.size, "pad", 2 * side).decoding_size(image.size)
        with BUDGET.take(shrink_while_decoding(image, size)):
            image.load()
            drawn, _ = draw(image, "pad", side)
        buffer = io.BytesIO()
        drawn.save(buffer, "WEBP", quality=60)
    return buffer.getvalue()
