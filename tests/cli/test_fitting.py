"""What becomes of an image before it is sent."""

import asyncio
import io
from collections.abc import Generator
from contextlib import contextmanager
from threading import Thread

import pytest
from image_variations import CreateImageVariationRequest
from image_variations_cli.errors import ImageRefusedError
from image_variations_cli.fitting import FittedImage, draw_thumbnail, fit_image, run_in_pool
from image_variations_cli.fitting.colors import make_profile
from image_variations_cli.fitting.threads import MAX_PIXELS, PixelBudget
from image_variations_cli.rows import Fit
from PIL import Image as Picture

from tests.support.album import (
    DAMAGED_EXIF,
    KINDS,
    ORIENTATION,
    draw_photo,
    make_bomb,
    make_deep_grey,
    make_phone_photo,
    save,
)

FITS: tuple[Fit, ...] = ("pad", "crop", "stretch", "refuse")
SHAPES = FITS[:3]
LIMIT = 4_194_303
"""Bytes: the most that the pin lets an image have."""


def decode(fitted: FittedImage) -> Picture.Image:
    """Decode what is sent. It has to be a square PNG that is small enough."""
    image = Picture.open(io.BytesIO(fitted.content))
    image.load()
    assert (image.format, image.width) == ("PNG", image.height)
    assert len(fitted.content) <= LIMIT
    return image


def color_at(image: Picture.Image, x: float, y: float) -> tuple[int, ...]:
    """Return the colour at a place, given as shares of width and height, to within the losses of a JPEG."""
    pixel = image.getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(pixel, tuple)
    return tuple(255 * round(level / 255) for level in pixel)


def refuse(content: bytes, fit: Fit = "pad") -> str:
    """Return why an image is refused, which is one line."""
    with pytest.raises(ImageRefusedError) as caught:
        fit_image(content, fit)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.usable])
def test_any_picture_becomes_a_square_png(kind: str, shape: Fit) -> None:
    """Whatever Pillow opens becomes a PNG that keeps every rule of the pin, and a line says what was done."""
    fitted = fit_image(KINDS[kind].make(3), shape)
    image = decode(fitted)
    CreateImageVariationRequest(image=fitted.content)
    assert image.mode in ("RGB", "RGBA")
    assert (fitted.note is None) == (kind == "square PNG")


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if not kind.usable])
def test_what_is_no_picture_is_refused_in_a_line(kind: str, fit: Fit) -> None:
    """A damaged file, a text, an empty file and a bomb are refused with one line, however they are to be fitted."""
    assert (refuse(KINDS[kind].make(1), fit)).startswith("image ")


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "I;16"])
def test_a_png_that_is_right_is_sent_byte_for_byte(mode: str, fit: Fit) -> None:
    """A square PNG that is small enough passes as it is in any mode, with whatever stands behind its end."""
    content = save(Picture.new(mode, (40, 40)), "PNG") + b"behind the end"
    assert fit_image(content, fit) == FittedImage(content, None)


def test_a_refusal_names_the_picture_the_rules_and_the_way_out() -> None:
    """Without `--fit` the line has the format, the size, each rule that is broken, and the option that helps."""
    assert refuse(make_phone_photo(1), "refuse") == (
        f"image (JPEG, 96 x 72 pixels, {len(make_phone_photo(1)):,} bytes) must be a PNG file; "
        "--fit pad, crop or stretch makes it so"
    )
    assert "must be square" in refuse(save(draw_photo(1), "PNG"), "refuse")


def test_a_picture_is_refused_by_its_header_alone() -> None:
    """`refuse` decodes nothing: a JPEG that is cut after its header is refused for being a JPEG."""
    content = save(Picture.effect_noise((512, 512), 80), "JPEG")
    assert "must be a PNG file" in refuse(content[:2000], "refuse")


@pytest.mark.parametrize(
    ("orientation", "upper_left"), [(1, "red"), (3, "corner"), (6, "blue"), (8, "lime"), (2, "lime")]
)
def test_a_photo_stands_upright(orientation: int, upper_left: str) -> None:
    """What Exif says of how the camera was held is done to the pixels, and left out of the file."""
    colors = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "corner": color_at(draw_photo(1), 0.9, 0.9)}
    fitted = fit_image(make_phone_photo(1, orientation), "stretch")
    image = decode(fitted)
    assert color_at(image, 0.2, 0.2) == colors[upper_left]
    assert ORIENTATION not in image.getexif()
    assert ("turned upright" in str(fitted.note)) == (orientation != 1)


def test_padding_keeps_the_whole_picture_in_the_middle() -> None:
    """`pad` adds white above and below a wide picture, and transparency to one that has some."""
    fitted = fit_image(save(draw_photo(1), "BMP"), "pad")
    image = decode(fitted)
    assert image.size == (96, 96)
    assert [color_at(image, 0.2, y) for y in (0.05, 0.2, 0.7, 0.95)] == [
        (255, 255, 255),
        (255, 0, 0),
        (0, 0, 255),
        (255, 255, 255),
    ]
    assert fitted.note == "BMP, 96 x 72 pixels: padded to a square with white, PNG of 96 x 96"
    clear = decode(fit_image(KINDS["transparent WebP"].make(5), "pad"))
    assert color_at(clear, 0.5, 0.1)[3] == 0


def test_cropping_keeps_the_middle() -> None:
    """`crop` leaves out as much at the left as at the right."""
    fitted = fit_image(save(draw_photo(1, 120, 60), "BMP"), "crop")
    image = decode(fitted)
    assert image.size == (60, 60)
    assert [color_at(image, x, 0.2) for x in (0.1, 0.4, 0.6, 0.9)] == [(255, 0, 0)] * 2 + [(0, 255, 0)] * 2
    assert "cropped to its middle" in str(fitted.note)


def test_a_picture_of_one_line_is_padded() -> None:
    """A side never falls below one pixel, however long the other is."""
    assert decode(fit_image(save(Picture.new("RGB", (5000, 1)), "PNG"), "pad")).size == (2048, 2048)


def test_a_file_that_is_too_large_is_scaled_down_until_it_fits() -> None:
    """A square PNG above the limit is made smaller, not more than needed, and the note says so."""
    noise = Picture.merge("RGB", [Picture.effect_noise((1300, 1300), 100) for _ in range(3)])
    content = save(noise, "PNG", compress_level=0)
    fitted = fit_image(content, "pad")
    assert decode(fitted).width > 900
    assert "scaled down" in str(fitted.note)
    assert str(LIMIT) in refuse(content, "refuse")


def test_deep_pictures_keep_their_levels() -> None:
    """Grey levels of 16 bits become the same levels with 8 bits, not white."""
    image = decode(fit_image(make_deep_grey(0), "stretch"))
    assert [color_at(image, x, 0.5)[0] for x in (0.0, 0.99)] == [0, 255]
    middle = image.getpixel((32, 32))
    assert isinstance(middle, tuple)
    assert 120 < middle[0] < 135


def test_colors_are_converted_to_srgb() -> None:
    """A colour profile is applied, and one that cannot be read is left out; the note says both."""
    grey = Picture.new("RGB", (60, 40), (120, 120, 120))
    fitted = fit_image(save(grey, "JPEG", icc_profile=make_dark_profile()), "stretch")
    assert decode(fitted).getpixel((20, 20)) != (120, 120, 120)
    assert "converted to sRGB" in str(fitted.note)
    rubbish = fit_image(save(grey, "JPEG", icc_profile=b"rubbish"), "stretch")
    assert decode(rubbish).getpixel((20, 20)) == (120, 120, 120)
    assert "its colour profile left out" in str(rubbish.note)


def make_dark_profile() -> bytes:
    """Return the profile of sRGB under another name, with the numbers of its red changed."""
    profile = make_profile("sRGB").tobytes()
    at = profile.index(b"rXYZ") + 4
    place = int.from_bytes(profile[at : at + 4])
    changed = profile[: place + 8] + (0x4000).to_bytes(4) + profile[place + 12 :]
    return changed.replace("sRGB".encode("utf-16-be"), "sBGR".encode("utf-16-be"))


@pytest.mark.filterwarnings("ignore:.*EXIF data:UserWarning")
def test_damaged_exif_costs_nothing() -> None:
    """A picture with Exif that nobody can read is fitted as it is."""
    content = save(draw_photo(1), "JPEG", exif=DAMAGED_EXIF)
    assert decode(fit_image(content, "crop")).size == (72, 72)


def test_an_heic_picture_is_read_with_its_plugin() -> None:
    """A phone's HEIC is fitted if pillow-heif is installed."""
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    fitted = fit_image(save(draw_photo(1, 256, 128), "HEIF"), "crop")
    assert color_at(decode(fitted), 0.2, 0.2) == (255, 0, 0)


def test_without_its_plugin_an_heic_picture_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the package that reads HEIC."""
    fit_image(save(draw_photo(1), "PNG"), "pad")  # the formats are known by now
    monkeypatch.delitem(Picture.OPEN, "HEIF", raising=False)
    monkeypatch.setattr("image_variations_cli.fitting.opening._load_formats", lambda: ("PNG", "JPEG"))
    assert "pip install pillow-heif" in refuse(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")


def test_an_image_that_another_program_would_draw_is_not_opened() -> None:
    """PostScript is refused: Pillow would have Ghostscript run it."""
    assert "no image that Pillow reads" in refuse(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")


@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_picture_becomes_the_same_bytes(shape: Fit) -> None:
    """Nothing of the time or the machine is in the file."""
    content = make_phone_photo(4)
    assert fit_image(content, shape) == fit_image(content, shape)


def test_a_bomb_costs_no_memory() -> None:
    """A PNG of 30,000 x 30,000 pixels is refused before anything is decoded, and the line has the limit."""
    assert refuse(make_bomb()) == (
        f"image has 30000 x 30000 pixels, but must have at most {MAX_PIXELS:,}; scale it down first"
    )


class RecordingBudget(PixelBudget):
    """A budget that remembers what was taken."""

    def __init__(self) -> None:
        super().__init__(MAX_PIXELS)
        self.taken: list[int] = []

    @contextmanager
    def take(self, pixels: int) -> Generator[None]:
        """Take some pixels, and remember how many."""
        self.taken.append(pixels)
        with super().take(pixels):
            yield


async def test_a_large_jpeg_is_decoded_at_a_part_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A baseline JPEG of 36 million pixels takes the room of a quarter, or of a sixty-fourth for a thumbnail."""
    budget = RecordingBudget()
    monkeypatch.setattr("image_variations_cli.fitting.fit.BUDGET", budget)
    monkeypatch.setattr("image_variations_cli.fitting.thumbnails.BUDGET", budget)
    content = save(Picture.new("L", (6000, 6000), 99), "JPEG", quality=20)
    assert decode(fit_image(content, "pad")).size == (2048, 2048)
    await draw_thumbnail(content, 100)
    assert budget.taken == [3000 * 3000, 750 * 750]


def test_threads_share_the_pixels_that_they_hold() -> None:
    """However many threads take pixels, they never hold more than there are together."""
    budget, held, most = PixelBudget(100), list[int](), list[int]()

    def hold(pixels: int) -> None:
        for _ in range(200):
            with budget.take(pixels):
                held.append(pixels)
                most.append(sum(list(held)))
                held.remove(pixels)

    threads = [Thread(target=hold, args=(pixels,)) for pixels in (100, 60, 40, 30, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 1000
    assert max(most) <= 100


async def test_the_event_loop_goes_on() -> None:
    """While an image is fitted, other tasks run."""
    content = save(Picture.effect_noise((900, 600), 90), "JPEG")
    fitting = asyncio.ensure_future(run_in_pool(fit_image, content, "pad"))
    turns = 0
    while not fitting.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10


async def test_a_thumbnail_is_small_and_upright() -> None:
    """A thumbnail has the picture's proportions after turning, and no side above the one that was asked for."""
    image = Picture.open(io.BytesIO(await draw_thumbnail(make_phone_photo(1, 6), 48)))
    assert (image.format, image.size) == ("WEBP", (36, 48))
    assert color_at(image.convert("RGB"), 0.2, 0.2) == (0, 0, 255)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (make_phone_photo(1)[:30], "image is damaged: it begins as JPEG does, but its header cannot be read"),
        (b"notes, page 17\n", "image is no image that Pillow reads: its content begins with 'notes, page 17\\n'"),
        (b"%PDF-1.7\n\xb5\xb5", r"image is no image that Pillow reads: its content begins with b'%PDF-1.7\n\xb5\xb5'"),
    ],
)
def test_a_refusal_says_what_the_file_looks_like(content: bytes, reason: str) -> None:
    """A cut header has the format's name, and what is no image shows how it begins."""
    assert refuse(content) == reason
