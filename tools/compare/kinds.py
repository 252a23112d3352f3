"""The kinds of change that a user of the client can notice: the id of each, whom it breaks, and its sentence.

An id is stable: other programs match on it. What breaks is decided here and nowhere else, by what happens to a program
that was written for the old document:

- callers: a call that was right is refused, by a type checker, by the client's rules or by the server, or it does
  something else.
- readers: code that reads a response meets another type, or misses what was always there.
- wire: requests go elsewhere, look different, or show another key. Servers that have not followed, such as compatible
  ones, may refuse them.
"""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import frozen

Breaks: TypeAlias = Literal["callers", "readers", "wire"]


@frozen
class Kind:
    """One kind of change.

    Attributes:
        breaks: Whose work it breaks, if anybody's.
        sentence: What it is, with gaps for what differs from change to change.
    """

    breaks: Breaks | None
    sentence: str


KINDS: Mapping[str, Kind] = {
    # Operations: {subject} is the function.
    "operation.added": Kind(None, "{subject}: the function is new"),
    "operation.removed": Kind("callers", "{subject}: the function is gone"),
    "operation.renamed": Kind("callers", "{subject}: the function has this name now (was {old})"),
    "operation.deprecated": Kind(None, "{subject}: the function is deprecated now"),
    "operation.undeprecated": Kind(None, "{subject}: the function is not deprecated any more"),
    # The root package exports the function whatever its tag.
    "operation.module": Kind(None, "{subject}: its module is in the package {new} now (was in {old})"),
    "operation.method": Kind("wire", "{subject}: requests are {new} now (was {old})"),
    "operation.path": Kind("wire", "{subject}: requests go to the path {new} (was {old})"),
    # A call that was free, or was repeated, is so no more.
    "operation.billed": Kind("callers", "{subject}: a call may be billed now (was free)"),
    "operation.free": Kind(None, "{subject}: a call is free now (was billed)"),
    "operation.not_idempotent": Kind(
        "callers", "{subject}: a call whose outcome is unknown is not repeated any more unless retry_unknown says so"
    ),
    "operation.idempotent": Kind(None, "{subject}: a call whose outcome is unknown is repeated now"),
    # The part of a request that asks for events is no keyword.
    "operation.stream_field": Kind("wire", "{subject}: events are asked for by {names} (was by {before})"),
    "operation.stream_field.required": Kind(None, "{subject}: calls that ask for no events send {names} now"),
    "operation.stream_field.optional": Kind(
        "wire", "{subject}: calls that ask for no events do not send {before} any more"
    ),
    "operation.stream_field.changed": Kind(
        "wire", "{subject}: calls that ask for no events send {names} (was {before})"
    ),
    # A prefix goes from every path into the server, or back.
    "server.prefix": Kind(
        None,
        "{subject}: the server is {new} (was {old}) and the URLs stay; a base_url of your own has to change likewise",
    ),
    "server.named": Kind(None, "{subject}: requests go to {new} unless base_url says otherwise (had to be given)"),
    "server.unnamed": Kind("callers", "{subject}: base_url has to be given (was {old})"),
    "server.changed": Kind("wire", "{subject}: requests go to {new} unless base_url says otherwise (was to {old})"),
    # A server that asked for a key gets none from this client if the document asks for none: both change the wire.
    "security.added": Kind("wire", "{subject}: a key is sent now, as {new}"),
    "security.removed": Kind("wire", "{subject}: no key is sent any more (was as {old})"),
    "security.scheme": Kind("wire", "{subject}: the key is sent as {new} (was as {old})"),
    "security.required": Kind("wire", "{subject}: a call without a key is not allowed any more"),
    "security.optional": Kind(None, "{subject}: a call without a key is allowed now"),
    "security.scope.added": Kind("wire", "{subject}: the key needs the scope {names} too"),
    "security.scope.removed": Kind(None, "{subject}: the key does not need the scope {names} any more"),
    # What one key cannot show.
    "security.further.added": Kind("callers", "{subject}: callers have to send {names} too"),
    "security.further.removed": Kind(None, "{subject}: callers do not have to send {names} any more"),
    # Alternatives that the client does not choose.
    "security.alternative.added": Kind(None, "{subject}: the server takes {new} too; the client does not use it"),
    "security.alternative.removed": Kind(None, "{subject}: the server does not take {old} any more; it was not used"),
    # The request's body as a whole.
    "request.body.added": Kind("wire", "{subject}: requests have a body now, of {new}"),
    "request.body.removed": Kind("wire", "{subject}: requests have no body any more (was one of {old})"),
    "request.body.required": Kind("callers", "{subject}: a request has to have a body (was optional)"),
    "request.body.optional": Kind(None, "{subject}: a request may be without a body (was required)"),
    "request.media_type.changed": Kind("wire", "{subject}: the body is sent as {new} (was as {old})"),
    "request.media_type.added": Kind(None, "{subject}: the function is new, for a body of {new}"),
    "request.media_type.removed": Kind("callers", "{subject}: the function for a body of {old} is gone"),
    "request.part.content_type": Kind("wire", "{subject} is sent as a part of {names} (was of {before})"),
    "request.part.encoding": Kind("wire", "{subject} is written {names} (was {before})"),
    # What a call sends: {subject} is a keyword, or a member of a model.
    "request.field.added.optional": Kind(None, "{subject} is new and optional"),
    "request.field.added.required": Kind("callers", "{subject} is new and has to be given"),
    "request.field.removed": Kind("callers", "{subject} is gone"),
    "request.field.renamed": Kind("callers", "{subject} is the new name of {old}"),
    "request.field.required": Kind("callers", "{subject} has to be given (was optional)"),
    "request.field.optional": Kind(None, "{subject} is optional (was required)"),
    "request.field.null.added": Kind(None, "{subject} takes {names} for null now"),
    "request.field.null.removed": Kind("callers", "{subject} does not take {names} for null any more"),
    "request.field.type.changed": Kind("callers", "{subject} takes {new} (was {old})"),
    "request.field.type.widened": Kind(None, "{subject} takes {new} (was only {old})"),
    "request.field.values.added": Kind(None, "{subject} accepts {names} too"),
    "request.field.values.removed": Kind("callers", "{subject} does not accept {names} any more"),
    "request.field.values.closed": Kind("callers", "{subject} accepts only {names} (was any {type})"),
    "request.field.values.opened": Kind(None, "{subject} accepts any {type} (was only {names})"),
    # Values that are named beside "any text": an alias for editors, no rule.
    "request.field.known_values": Kind(None, "{subject} names {names} as known values (was {before}); others may do"),
    "request.field.rule.added": Kind("callers", "{subject} is limited to {rule} (was not limited)"),
    "request.field.rule.removed": Kind(None, "{subject} is not limited to {before} any more"),
    "request.field.rule.tightened": Kind("callers", "{subject} accepts {rule} (was {before})"),
    "request.field.rule.loosened": Kind(None, "{subject} accepts {rule} (was {before})"),
    # Two patterns, say: neither is known to allow what the other does.
    "request.field.rule.changed": Kind("callers", "{subject} accepts {rule} (was {before})"),
    # The client does not send defaults, so the same call gets something else.
    "request.field.default.changed": Kind("callers", "{subject} is {new} if it is not given (was {old})"),
    "request.field.default.added": Kind(None, "{subject} is {new} if it is not given; no default was documented"),
    "request.field.default.removed": Kind(None, "{subject} has no documented default any more (was {old})"),
    "request.field.deprecated": Kind(None, "{subject} is deprecated now"),
    "request.field.undeprecated": Kind(None, "{subject} is not deprecated any more"),
    "request.field.alternative.added": Kind(None, "{subject} accepts another kind of {type} too"),
    "request.field.alternative.removed": Kind("callers", "{subject} does not accept one kind of {type} any more"),
    # A union of classes: the server takes the same object for another class.
    "request.field.discriminator.added": Kind(None, "{subject} is told apart by {names} too"),
    "request.field.discriminator.removed": Kind("callers", "{subject} is not told apart by {before} any more"),
    "request.field.discriminator.changed": Kind("callers", "{subject} is told apart by {names} (was by {before})"),
    "request.parameter.moved": Kind("wire", "{subject} goes into the {new} (was into the {old})"),
    "request.parameter.style": Kind("wire", "{subject} is written {names} (was {before})"),
    "request.extra.closed": Kind("callers", "{subject}: fields outside the document are not accepted any more"),
    "request.extra.opened": Kind(None, "{subject}: fields outside the document are accepted now"),
    # A condition that the client has no rule for: whether it allows less, nobody can say, unless it is gone.
    "request.condition.removed": Kind(None, "{subject} has no condition {names} any more; the client did not check it"),
    "request.condition": Kind("callers", "{subject} has another condition ({names}), which the client does not check"),
    # Responses.
    "response.status.added": Kind("readers", "{subject}: a response may have the status {new} and be {type}"),
    # A success of another status returns what the function returned before.
    "response.status.added.same": Kind(None, "{subject}: a response may have the status {new} too"),
    "response.status.removed": Kind(None, "{subject}: no response has the status {old} any more"),
    "response.status.changed": Kind("readers", "{subject}: the status of a response is {new} (was {old})"),
    "response.media_type": Kind("wire", "{subject}: responses are asked for as {new} (was as {old})"),
    # What is asked for stays; the media type of what comes makes no difference to the client.
    "response.media_type.opened": Kind(None, "{subject}: responses may be of {new} (were of {old})"),
    "response.media_type.closed": Kind(None, "{subject}: responses are of {new} (were of {old})"),
    "response.media_type.added": Kind(
        None, "{subject}: the server has responses of {new} too, which are not asked for"
    ),
    "response.media_type.removed": Kind(
        None, "{subject}: the server has no responses of {old} any more; none was asked for"
    ),
    "response.header.added": Kind(None, "{subject}: responses have the header {new}"),
    "response.header.removed": Kind("readers", "{subject}: responses do not have the header {old} any more"),
    "response.type.changed": Kind("readers", "{subject} returns {new} (was {old})"),
    "response.type.narrowed": Kind(None, "{subject} returns {new} (was {old})"),
    "response.field.added": Kind(None, "{subject} is new"),
    "response.field.removed": Kind("readers", "{subject} is gone"),
    "response.field.renamed": Kind("readers", "{subject} is the new name of {old}"),
    "response.field.type.changed": Kind("readers", "{subject} is {new} (was {old})"),
    "response.field.type.narrowed": Kind(None, "{subject} is {new} (was {old})"),
    "response.field.always": Kind(None, "{subject} is always there now"),
    # The attribute's type allows None either way; code that relied on the document breaks.
    "response.field.not_always": Kind("readers", "{subject} is no longer always there"),
    # A value outside the document reads as its text, and the attribute's type says so.
    "response.field.values.added": Kind(None, "{subject} may be {names} too"),
    "response.field.values.removed": Kind(None, "{subject} is not {names} any more"),
    "response.field.values.closed": Kind(None, "{subject} is one of {names} (was any {type})"),
    "response.field.values.opened": Kind(None, "{subject} may be any {type} (was only {names})"),
    "response.field.known_values": Kind(None, "{subject} has {names} as known values (was {before})"),
    # The client does not check responses.
    "response.field.rule": Kind(None, "{subject} is described as {rule} (was {before})"),
    "response.field.encoding": Kind("readers", "{subject} is {rule} (was {before})"),
    "response.field.deprecated": Kind(None, "{subject} is deprecated now"),
    "response.field.undeprecated": Kind(None, "{subject} is not deprecated any more"),
    "response.field.alternative": Kind(None, "{subject} may be another kind of {type}"),
    # What is told apart is read as the class that is named, else as the class that keeps most of it.
    "response.field.discriminator.added": Kind(None, "{subject} is told apart by {names} too"),
    "response.field.discriminator.removed": Kind("readers", "{subject} is not told apart by {before} any more"),
    "response.field.discriminator.changed": Kind("readers", "{subject} is told apart by {names} (was by {before})"),
    "response.usable": Kind("readers", "{subject}: another condition says which responses are refused as unusable"),
    "response.condition": Kind(None, "{subject} has another condition ({names}), which the client does not check"),
    "pictures.added": Kind(None, "{subject}: images can be fetched, saved and streamed"),
    "pictures.removed": Kind(
        "callers", "{subject}: fetch_image, save_images and the functions that stream and save images are gone"
    ),
    "files.added": Kind(None, "{subject}: the file can be streamed and saved"),
    "files.removed": Kind("callers", "{subject}: the functions that stream and save the file are gone"),
    "files.media_type": Kind("wire", "{subject}: a file to stream or save is asked for as {new} (was as {old})"),
    "pictures.partial.added": Kind(None, "{subject}: partial images can be streamed and saved, with {new}"),
    "pictures.partial.removed": Kind(
        "callers", "{subject}: partial images cannot be streamed and saved any more (was with {old})"
    ),
    "pictures.partial.renamed": Kind(
        "callers", "{subject}: partial images are streamed and saved with {new} (was with {old})"
    ),
    "events.added": Kind(None, "{subject}: the function is new, for events as they arrive"),
    "events.removed": Kind("callers", "{subject}: the function for events is gone"),
    # An event that the document does not describe is given as it came: what is new was such a one.
    "event.type.added": Kind(None, "{subject} may be {names} too"),
    "event.type.removed": Kind("readers", "{subject} is not read as {names} any more"),
    "event.type.changed": Kind("readers", "{subject} is {new} (was {old})"),
    "event.reading": Kind("readers", "{subject} is read from {names} (was from {before})"),
    "error.status.added": Kind(None, "{subject}: the error {new} is documented"),
    "error.status.removed": Kind(None, "{subject}: the error {old} is not documented any more"),
    "error.header.added": Kind(None, "{subject}: errors have the header {new}"),
    "error.header.removed": Kind(None, "{subject}: errors do not have the header {old} any more"),
    # What the package exports.
    "model.added": Kind(None, "the class {new} is new"),
    "model.removed.sent": Kind("callers", "the class {old} is gone"),
    "model.removed.read": Kind("readers", "the class {old} is gone"),
    "model.renamed.sent": Kind("callers", "the class {old} is called {new} now"),
    "model.renamed.read": Kind("readers", "the class {old} is called {new} now"),
    "alias.added": Kind(None, "the type {new} is new"),
    "alias.removed.sent": Kind("callers", "the type {old} is gone"),
    "alias.removed.read": Kind("readers", "the type {old} is gone"),
    "alias.renamed.sent": Kind("callers", "the type {old} is called {new} now"),
    "alias.renamed.read": Kind("readers", "the type {old} is called {new} now"),
}
"""Every kind of change, by its id."""
