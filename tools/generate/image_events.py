"""The events of an operation that have its images, partial ones among them."""

from collections.abc import Mapping, Sequence
from itertools import chain

from attrs import frozen
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode

from tools.generate import types
from tools.generate.functions import Call
from tools.generate.images import Images
from tools.generate.models import Models
from tools.generate.view import EVENTS_STATUS

_NUMBER = "partial_image_index"
"""The member that numbers partial images."""

_USUAL_TAG = "type"


@frozen
class ImageEvents:
    """The events that have images.

    Attributes:
        tag: The member that says which event it is.
        partial: The expression of its values for partial images.
        whole: The expression of its values for whole ones.
        number: The member that numbers partial images.
    """

    tag: UntrustedString
    partial: PythonCode
    whole: PythonCode
    number: UntrustedString


def image_events_of(
    models: Models, images: Images | None, calls: Sequence[Call], responses: Sequence[Response]
) -> ImageEvents | None:
    """Return the events that have images in the member in which items of JSON have them, if some are partial."""
    streams = [response for response in responses if response.status_code.pattern == EVENTS_STATUS]
    if images is None or not streams or any(call.body is None or call.body.model is None for call in calls):
        return None
    payload = images.wire_payload.get_untrusted_value()
    names = [str(model.class_info.name) for model in types.models_in(streams[0].prop)]
    members = {name: found for name in names if payload in (found := models.members_by_name(name))}
    values = {name: _values_of(models, name) for name in members}
    common = (tag for tag in chain([_USUAL_TAG], *values.values()) if all(tag in found for found in values.values()))
    tag = next(common, None)
    if tag is None:
        return None
    partial = [str(value) for name in members if _NUMBER in members[name] for value in values[name][tag]]
    whole = [str(value) for name in members if _NUMBER not in members[name] for value in values[name][tag]]
    if not partial:
        return None
    return ImageEvents(
        tag=UntrustedString(tag),
        partial=PythonCode(repr(tuple(partial))),
        whole=PythonCode(repr(tuple(whole))),
        number=UntrustedString(_NUMBER),
    )


def _values_of(models: Models, name: str) -> Mapping[str, tuple[object, ...]]:
    """Return the values of members that have but a few, by their own schemas if these say so."""
    # A discriminator names schemas too, which no server sends if a constant says otherwise.
    own = {member: values for member, values in models.readings.own_values_of(name).items() if values}
    return {**models.readings.values_of(name), **own}
