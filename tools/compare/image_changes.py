"""Differences between the images that two versions of an operation return."""

from collections.abc import Mapping

from tools.compare.contract import Contract
from tools.compare.findings import Findings, Subject
from tools.compare.images import has_partial_images, partial_option, payload_of
from tools.compare.operations import Operation


def compare_images(found: Findings, subject: Subject, old: Operation, new: Operation) -> None:
    """Compare what the client can do with images: fetch, save and stream them, partial ones among them."""
    before, now = payload_of(found.old, old) is not None, payload_of(found.new, new) is not None
    if before != now:
        found.add(f"pictures.{'added' if now else 'removed'}", subject, before, now)
    if before and now:
        _compare_partial(found, subject, old, new)


def _compare_partial(found: Findings, subject: Subject, old: Operation, new: Operation) -> None:
    before, now = _options(found.old, old), _options(found.new, new)
    for function, option in now.values() if not before else ():
        found.add("pictures.partial.added", Subject.function(function, subject.pointer), None, option)
    for function, option in before.values() if not now else ():
        found.add("pictures.partial.removed", Subject.function(function, subject.pointer), option, None)
    for media_type, (_, option) in before.items():
        function, other = now.get(media_type, ("", option))
        if option != other:
            found.add("pictures.partial.renamed", Subject.function(function, subject.pointer), option, other)


def _options(contract: Contract, operation: Operation) -> Mapping[str | None, tuple[str, str]]:
    """Return the functions and their options that take partial images, by the media types of the bodies."""
    if not has_partial_images(contract, operation):
        return {}
    return {call.media_type: (call.function, partial_option(call)) for call in operation.calls}
