"""Differences between the events that two versions of an operation give."""

import json

from attrs import evolve

from tools.compare.changes import quoted
from tools.compare.discriminators import compare_event_tags
from tools.compare.events import RAW, are_whole, tags_of_events, type_of_events
from tools.compare.findings import Findings, Subject
from tools.compare.operations import Call, EventField, Operation
from tools.compare.values import compare_shapes


def compare_event_functions(found: Findings, subject: Subject, old: Call, new: Call) -> None:
    """Compare the functions that give events, and what they ask for them by."""
    for kind, one, other in (("removed", old, new), ("added", new, old)):
        if one.events is not None and other.events is None:
            function = Subject.function(one.events, subject.pointer)
            values = (one.events, None) if kind == "removed" else (None, one.events)
            found.add(f"events.{kind}", function, *values)
    if old.events is not None and new.events is not None:
        _compare_fields(found, subject, old.event_field, new.event_field)


def _compare_fields(found: Findings, subject: Subject, old: EventField | None, new: EventField | None) -> None:
    values = [field and {field.keyword.wire_name: field.on} for field in (old, new)]
    places = [field and field.keyword.location for field in (old, new)]
    others = [field and field.off is not None and {field.keyword.wire_name: field.off} for field in (old, new)]
    names = [_field_words(old), _field_words(new)]
    about = subject.at(new.keyword.site.pointer) if new else subject
    if (values[0], places[0]) != (values[1], places[1]):
        found.add("operation.stream_field", about, *values, names=names[1], before=names[0])
    elif others[0] != others[1]:
        change = "changed" if others[0] and others[1] else "optional" if others[0] else "required"
        texts = {"names": _off_words(new), "before": _off_words(old)}
        found.add(f"operation.stream_field.{change}", about, others[0] or None, others[1] or None, **texts)


def _field_words(field: EventField | None) -> str:
    if field is None:
        return "the header `Accept` alone"
    name, location = field.keyword.wire_name, field.keyword.location
    text = quoted(name if field.on is True else f"{name}: {_word(field.on)}")
    return text if location == "body" else f"{text} in the {location}"


def _off_words(field: EventField | None) -> str:
    return quoted(f"{field.keyword.wire_name}: {_word(field.off)}") if field else ""


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def compare_events(found: Findings, subject: Subject, old: Operation, new: Operation) -> None:
    """Compare what the events of two operations may be."""
    if old.events is None or new.events is None:
        return
    before, now = found.old.shapes.of(old.events), found.new.shapes.of(new.events)
    events = Subject.event(new.calls[0].events or subject.place, new.events.pointer)
    types = type_of_events(found.old.shapes, old.events), type_of_events(found.new.shapes, new.events)
    if types[0] != types[1] and RAW in types:
        found.add("event.type.changed", events, *types)
        return
    if types[0] == RAW:
        return
    readings = are_whole(found.old.shapes, old.events), are_whole(found.new.shapes, new.events)
    if readings[0] != readings[1]:
        words = ["its name and its data" if is_whole else "its data" for is_whole in readings]
        found.add("event.reading", events, *readings, names=words[1], before=words[0])
    compare_shapes(found, events, evolve(before, is_nullable=False), evolve(now, is_nullable=False))
    tags = tags_of_events(found.old.shapes, old.events), tags_of_events(found.new.shapes, new.events)
    classes = {found.renamed.get(branch.class_name, branch.class_name) for branch in before.branches}
    compare_event_tags(found, events, classes & {branch.class_name for branch in now.branches}, *tags)
