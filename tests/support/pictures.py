"""Pictures for tests."""

import io

from PIL import Image as Picture


def make_png(width: int = 16, height: int = 16, color: str = "teal") -> bytes:
    """A PNG file of one colour."""
    buffer = io.BytesIO()
    Picture.new("RGB", (width, height), color).save(buffer, "PNG")
    return buffer.getvalue()


PICTURES = [make_png(color=color) for color in ("teal", "navy", "olive")]
"""Pictures that differ."""
