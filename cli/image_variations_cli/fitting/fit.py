"""One image: refused by its header, passed on as it is, or made a square PNG."""

from attrs import frozen
from PIL.ImageFile import ImageFile

from ..errors import ImageRefusedError
from ..rows import Fit
from .opening import open_image, refuse_damage, shrink_while_decoding
from .rules import MAX_OCTETS, find_broken_rules
from .squares import MAX_SIDE, Shape, Square, make_square, write_png
from .threads import BUDGET


@frozen
class FittedImage:
    """What is sent of an image."""

    content: bytes
    """A square PNG that keeps the pin's rules."""
    note: str | None = None
    """What was done to the image, in a line; None if it is sent as it is."""


def fit_image(content: bytes, fit: Fit) -> FittedImage:
    """Make of an image what the endpoint takes: a square PNG that is small enough.

    A PNG that is right already is passed on byte for byte. This takes long, so that it belongs into a thread; threads
    share a bound on how many pixels they hold.

    Args:
        content: A file of any format that Pillow opens; of an animated one the first frame counts.
        fit: What to do with any other image: `pad` it with white (with transparency, if it has some), `crop` it to its
            middle, `stretch` it, or `refuse` it.

    Raises:
        ImageRefusedError: With one line that says why, and what to do.
    """
    image = open_image(content)
    broken = find_broken_rules(content)
    if not broken:
        with refuse_damage():
            image.verify()  # the checksums of a PNG, without decoding it
        return FittedImage(content)
    if fit == "refuse":
        raise ImageRefusedError(
            f"image ({_describe(image)}, {len(content):,} bytes) {' and '.join(broken)}; "
            "--fit pad, crop or stretch makes it so"
        )
    return _make(image, fit)


def _make(image: ImageFile, shape: Shape) -> FittedImage:
    """Decode an image, and make it a square PNG."""
    with refuse_damage():
        notes = ["first frame"] if getattr(image, "is_animated", False) else []
        source = _describe(image)
        square = Square.plan(image.size, shape, MAX_SIDE)
        natural = Square.plan(image.size, shape, max(image.size)).side
        with BUDGET.take(shrink_while_decoding(image, square.decoding_size(image.size))):
            image.load()
            made, done = make_square(image, shape, MAX_SIDE)
        content, side = write_png(made, MAX_OCTETS)
    notes += done
    if side != natural:
        notes.append("scaled down")
    return FittedImage(content, f"{source}: {', '.join([*notes, f'PNG of {side} x {side}'])}")


def _describe(image: ImageFile) -> str:
    """Return the format and the size of an image."""
    return f"{image.format}, {image.width} x {image.height} pixels"
