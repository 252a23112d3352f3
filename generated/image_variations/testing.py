# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""A fake of the server, for tests of programs that use this client. It needs no network, and no other package.

    fake = FakeImages()
    fake.fails(429, retry_after=1)
    async with Client(transport=fake) as client:
        ...  # the first request is refused, and the second one succeeds

- `FakeImages`: the fake, which is a transport.
- `FakeRequest` and `FakeField`: requests that arrived, and the fields of their bodies.
- `FakeClock`: a time that passes at once, so that no test waits.
"""

from ._runtime.testing.clock import FakeClock
from ._runtime.testing.fake import BaseFake
from ._runtime.testing.operations import FakeOperation, ImageFields
from ._runtime.testing.requests import FakeField, FakeRequest

__all__ = ["FakeClock", "FakeField", "FakeImages", "FakeRequest"]


class FakeImages(BaseFake):
    """A server that responds as the document says, as a transport for a client.

    It holds each request against the rules of the document, and refuses those that break one with the
    API's own error body. It makes small PNG files, each of another colour and in the size that is
    asked for, and serves the links to them.

    Its methods script faults, which the next requests meet, one each, in order; after the last one it
    works. A `with` block fails at its end if a fault was not used, or a request arrived that the
    document does not have; outside of one, the client does when it is closed.

    Attributes:
        requests: The requests that arrived, in order, but for downloads.
        downloads: The downloads of linked images: its `requests`, and a script of its own.
        base_url: Where the fake is, for a client that has to be told.
    """

    operations = (
        FakeOperation(
            ".api.images.create_image_variation",
            "CREATE_IMAGE_VARIATION",
            "POST",
            "/images/variations",
            model=(".models.create_image_variation_request", "CreateImageVariationRequest"),
            media_type="application/json",
            body='{"created": 7}',
            defaults={"n": 1, "size": "1024x1024", "response_format": "url"},
            images=ImageFields("data", "b64_json", "url", count="n", size="size", form="response_format"),
        ),
    )
