"""Small PNG files, each of a colour of its own."""

import struct
import zlib


def make_png(width: int, height: int, number: int) -> bytes:
    """Return a PNG file of one colour, which is another one for each number (PNG, section 11.2)."""
    colour = (number * 0x9E3779 & 0xFFFFFF).to_bytes(3)  # an odd factor maps different numbers to different colours
    rows = bytes(1 + (width + 7) // 8) * height  # no filter, and one bit for each pixel: the first of the palette
    header = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    chunks = {b"IHDR": header, b"PLTE": colour, b"IDAT": zlib.compress(rows), b"IEND": b""}
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks.items()
    )
