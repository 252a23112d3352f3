"""Images that a server sends while it still works on them, as their caller sees them."""

from attrs import define, frozen

from .streamed_image import StreamedImage


@frozen
class ImageEvents:
    """The events of a response that have images, in base64 in a member.

    Attributes:
        tag: The member that says which event it is.
        partial: Its values for partial images.
        whole: Its values for whole ones.
        number: The member that numbers the partial images of an image, from 0.
    """

    tag: str
    partial: tuple[str, ...]
    whole: tuple[str, ...]
    number: str


@define(eq=False)
class PartialImage(StreamedImage):
    """An image that the server still works on: read it like any other. The whole one comes later.

    Attributes:
        partial: Its number among the partial images of the same image, from 0. `index` is that image's.
    """

    partial: int
