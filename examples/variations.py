"""Make variations of an image, in both response formats, and save them under variations/.

    python -m examples.variations

Settings, all from the environment:

- `OPENAI_BASE_URL`, `OPENAI_API_KEY`: the server to use, and its key. Without a URL, the reference server of tests/ is
  started for the length of the run.
- `IMAGE`: a square PNG file to vary. Without it, an image is drawn.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from image_variations import (
    Client,
    ImageVariationsError,
    create_image_variation,
    create_image_variation_files,
    save_images,
)
from PIL import Image, ImageDraw, ImageFont, ImageOps

from tests.reference_server import ReferenceServer

DIRECTORY = Path("variations")
COUNT = 3
SIZE: Final = "512x512"


async def main() -> None:
    """Vary one image twice: as links to download, and as files inside the answer."""
    original = find_original()

    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(await open_client(stack))
        print(f"Request: image={original}, n={COUNT}, size={SIZE}, once for each response_format")

        linked = await create_image_variation(client, image=original, n=COUNT, size=SIZE, response_format="url")
        links = [image.url for image in linked.data if image.url]
        print(f"url: {len(links)} links{f', the first is {links[0]}' if links else ''}")
        made = await save_images(client, linked, DIRECTORY, stem="url", overwrite=True)

        inline = await create_image_variation_files(
            client,
            DIRECTORY,
            image=original,
            n=COUNT,
            size=SIZE,
            response_format="b64_json",
            stem="b64_json",
            overwrite=True,
        )
        print(f"b64_json: {len(inline)} images inside the response, saved as they came")

    show(original, [*made, *inline])


async def open_client(stack: AsyncExitStack) -> Client:
    """A client of the server that the environment names, else of a reference server that stops with `stack`."""
    if url := os.environ.get("OPENAI_BASE_URL"):
        client = Client(base_url=url, api_key=os.environ.get("OPENAI_API_KEY"))
        print(f"Server: {url}")
        return client
    server = await stack.enter_async_context(ReferenceServer())
    print(f"Server: {server.base_url}, the reference server (it draws with Pillow, no model is behind it)")
    return Client(base_url=server.base_url, api_key=server.api_key)


def find_original() -> Path:
    """The file that `IMAGE` names, else an image drawn here."""
    if path := os.environ.get("IMAGE"):
        return Path(path)
    DIRECTORY.mkdir(exist_ok=True)
    original = DIRECTORY / "original.png"
    draw_otter().save(original)
    return original


def show(original: Path, variations: list[Path]) -> None:
    """Put a copy of the original beside its variations, draw one sheet that shows them all, and say where they are."""
    copy = DIRECTORY / "original.png"
    copy.write_bytes(original.read_bytes())
    files = [copy, *variations]
    contact_sheet({path.stem: path.read_bytes() for path in files}).save(DIRECTORY / "contact-sheet.png")
    print(f"Written to {DIRECTORY}/: {', '.join(path.name for path in files)}")
    print(f"Look at {DIRECTORY / 'contact-sheet.png'}: the original beside its variations.")


def draw_otter() -> Image.Image:
    """An otter in a river at sunrise: different on every side, so that each change of it can be recognised."""
    image = Image.new("RGB", (1024, 1024), "#8ecae6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 300, 1024, 560), fill="#bde0fe")
    draw.ellipse((760, 70, 940, 250), fill="#ffb703")
    draw.polygon(((0, 560), (0, 330), (190, 190), (520, 560)), fill="#6a994e")
    draw.polygon(((300, 560), (760, 340), (1024, 480), (1024, 560)), fill="#386641")
    draw.rectangle((0, 560, 1024, 1024), fill="#219ebc")
    for x, y in ((60, 640), (700, 620), (820, 760), (90, 880), (760, 930)):
        draw.line((x, y, x + 150, y), fill="#caf0f8", width=12)
    draw.polygon(((880, 560), (895, 360), (910, 560)), fill="#283618")
    draw.ellipse((870, 290, 920, 400), fill="#7f4f24")
    draw.ellipse((230, 640, 810, 1180), fill="#7f5539")  # body
    draw.ellipse((360, 700, 680, 1180), fill="#ddb892")  # belly
    for x in (270, 640):
        draw.ellipse((x, 330, x + 120, 450), fill="#7f5539", outline="#583a26", width=10)  # ears
    draw.ellipse((270, 330, 760, 760), fill="#9c6644")  # head
    draw.ellipse((360, 520, 670, 750), fill="#ede0d4")  # muzzle
    for x in (385, 585):
        draw.ellipse((x, 440, x + 60, 515), fill="#2b2d42")
        draw.ellipse((x + 30, 450, x + 50, 472), fill="white")
    draw.ellipse((460, 540, 570, 615), fill="#2b2d42")  # nose
    draw.arc((430, 560, 515, 680), 20, 150, fill="#2b2d42", width=8)
    draw.arc((515, 560, 600, 680), 30, 160, fill="#2b2d42", width=8)
    for rise in (-40, 0, 40):
        draw.line((380, 640, 200, 630 + rise), fill="#f8edeb", width=6)
        draw.line((650, 640, 830, 630 + rise), fill="#f8edeb", width=6)
    draw.ellipse((560, 800, 860, 930), fill="#e63946")  # the fish in its paws
    draw.polygon(((830, 865), (950, 790), (930, 940)), fill="#e63946")
    draw.ellipse((645, 818, 675, 848), fill="white")
    for x, y in ((540, 850), (680, 880)):
        draw.ellipse((x, y, x + 110, y + 90), fill="#583a26")
    return ImageOps.fit(image, (512, 512), Image.Resampling.LANCZOS)


def contact_sheet(pictures: dict[str, bytes], side: int = 256, margin: int = 16) -> Image.Image:
    """One image that shows all of them, each `side` pixels wide over its name, four in a row."""
    rows = -(-len(pictures) // 4)
    sheet = Image.new("RGB", (4 * (side + margin) + margin, rows * (side + 3 * margin) + margin), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(margin)
    for index, (name, content) in enumerate(pictures.items()):
        left, top = margin + index % 4 * (side + margin), margin + index // 4 * (side + 3 * margin)
        with Image.open(io.BytesIO(content)) as picture:
            sheet.paste(ImageOps.fit(picture.convert("RGB"), (side, side)), (left, top))
        draw.text((left, top + side + 4), name, fill="black", font=font)
    return sheet


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (ImageVariationsError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
