"""A web service that passes a variation on while it arrives: it never holds a whole image, whatever its size.

    pip install fastapi python-multipart uvicorn
    OPENAI_BASE_URL=http://127.0.0.1:9997/v1 OPENAI_API_KEY=test-key uvicorn examples.streaming_response:app

    curl -F image=@otter.png http://127.0.0.1:8000/variation --output variation.png

The client, and what becomes of errors, are those of examples/fastapi_service.py; what is said there of authentication
holds here too.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, UploadFile
from fastapi.responses import StreamingResponse
from image_variations import Client, ImageVariationsError, create_image_variation_stream

from examples.fastapi_service import answer_error, get_client, lifespan

MEDIA_TYPES = {b"\x89PN": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIF": "image/webp"}
"""By an image's first bytes: some servers answer with another format than PNG."""

app = FastAPI(title="Variation", lifespan=lifespan, exception_handlers={ImageVariationsError: answer_error})


async def open_variation(
    client: Annotated[Client, Depends(get_client)], image: UploadFile
) -> AsyncGenerator[AsyncIterator[bytes]]:
    """A variation that is still arriving. FastAPI leaves this context when the response has been sent."""
    async with create_image_variation_stream(client, image=image, response_format="b64_json") as variations:
        yield aiter(await anext(variations))


@app.post("/variation")
async def stream_variation(variation: Annotated[AsyncIterator[bytes], Depends(open_variation)]) -> StreamingResponse:
    """Make one variation of the uploaded image."""
    # Until here an error can still be answered as one. From the first bytes on it can only break the response off,
    # and the caller sees that it is not whole.
    first = await anext(variation)

    async def pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in variation:
            yield piece

    return StreamingResponse(pieces(), media_type=MEDIA_TYPES.get(first[:3], "application/octet-stream"))
