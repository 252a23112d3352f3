"""Differences between two schemas of the same value, for those who send it or for those who read it."""

from collections.abc import Callable, Iterable
from functools import partial

from attrs import evolve

from tools.compare.branches import Branch, Site, canonical, type_name
from tools.compare.changes import quoted, quoted_list
from tools.compare.discriminators import compare_tags
from tools.compare.exports import Role
from tools.compare.findings import EVENT_TYPE, Findings, Subject
from tools.compare.members import read_members, sent_members
from tools.compare.operations import Keyword
from tools.compare.rule_words import Rule, RuleChange, rule_changes
from tools.compare.shapes import Shape, Shapes
from tools.compare.usable import usable_members

_ONE_CLASS = "a class"
"""The type of an object that is the only one: its name may change."""

_LOOSENING = frozenset(
    (
        *("contains", "dependentRequired", "dependentSchemas", "else", "if", "maxContains", "not", "propertyNames"),
        *("then", "unevaluatedItems", "unevaluatedProperties"),
    )
)
"""Conditions without which a schema allows more."""


def compare_values(found: Findings, subject: Subject, old: Site, new: Site) -> None:
    """Compare what two values may be, null included."""
    compare_shapes(found, subject, found.old.shapes.of(old), found.new.shapes.of(new))


def compare_shapes(found: Findings, subject: Subject, old: Shape, new: Shape) -> None:
    """Compare what two values may be."""
    is_only_class = _classes(old) == _classes(new) == 1
    before, now = _by_type(old, is_only_class=is_only_class), _by_type(new, is_only_class=is_only_class)
    lost, gained = _lost_and_gained(before.keys(), now.keys())
    if subject.changed_type == EVENT_TYPE:
        _add_event_types(found, subject, lost, gained)
    elif lost or gained:
        kind = {"request": "changed" if lost else "widened", "response": "changed" if gained else "narrowed"}
        texts = found.old.shapes.text_of(old), found.new.shapes.text_of(new)
        found.add(f"{subject.changed_type}.{kind[subject.role]}", subject, *texts)
    for name in before:
        if name in now:
            _compare_alike(found, subject, before[name], now[name])
    if subject.changed_type != EVENT_TYPE:
        compare_tags(found, subject, old, new)
    left = [branch for name in before if name not in now for branch in before[name]]
    came = [branch for name in now if name not in before for branch in now[name]]
    if len(left) == len(came) == 1 and _are_akin(found, left[0], came[0]):
        _compare_branches(found, subject, left[0], came[0])


def _add_event_types(found: Findings, subject: Subject, lost: set[str], gained: set[str]) -> None:
    for kind, names in (("removed", sorted(lost)), ("added", sorted(gained))):
        if names:
            values = (names, None) if kind == "removed" else (None, names)
            found.add(f"{EVENT_TYPE}.{kind}", subject, *values, names=quoted_list(names))


def _classes(shape: Shape) -> int:
    return sum(branch.type == "object" for branch in shape.branches)


def _by_type(shape: Shape, *, is_only_class: bool) -> dict[str, list[Branch]]:
    groups: dict[str, list[Branch]] = {"None": []} if shape.is_nullable else {}
    for branch in shape.branches:
        name = "list" if branch.type == "array" else type_name(branch)
        groups.setdefault(_ONE_CLASS if branch.type == "object" and is_only_class else name, []).append(branch)
    return groups


def _lost_and_gained(old: Iterable[str], new: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the types that a value can no longer have, and those that are new."""
    before, now = set(old), set(new)
    lost, gained = before - now, now - before
    # Any object is also one of the other types, and an int will do for a float (PEP 484).
    if "object" in now:
        lost.clear()
    if "object" in before:
        gained.clear()
    if "float" in now:
        lost.discard("int")
    if "float" in before:
        gained.discard("int")
    return lost, gained


def _are_akin(found: Findings, old: Branch, new: Branch) -> bool:
    """Return whether two branches of different types can be compared all the same."""
    if old.type == new.type == "object":
        return found.may_rename(old, new)
    kinds = {old.type, new.type}
    return len(kinds) == 1 or "any" in kinds or kinds == {"integer", "number"}


def _compare_alike(found: Findings, subject: Subject, old: list[Branch], new: list[Branch]) -> None:
    """Compare the branches of one type; of several, those that are not on both sides."""
    before, now = old, new
    if len(old) + len(new) > 2:
        signatures = [_signature(found.old.shapes, branch) for branch in old]
        others = [_signature(found.new.shapes, branch) for branch in new]
        before = [branch for branch, signature in zip(old, signatures, strict=True) if signature not in others]
        now = [branch for branch, signature in zip(new, others, strict=True) if signature not in signatures]
    for one, other in zip(before, now, strict=False):
        _compare_branches(found, subject, one, other)
    if len(before) != len(now):
        is_added = len(before) < len(now)
        kinds = {"request": f"request.field.alternative.{'added' if is_added else 'removed'}"}
        kind = kinds.get(subject.role, "response.field.alternative")
        found.add(kind, subject, len(old), len(new), type=quoted(type_name((now if is_added else before)[-1])))


def _signature(shapes: Shapes, branch: Branch) -> str:
    values = None if branch.values is None else sorted(map(canonical, branch.values))
    items = branch.items and shapes.type_of(branch.items)
    return canonical([branch.rules, values, branch.conditions, items])


def _compare_branches(found: Findings, subject: Subject, old: Branch, new: Branch) -> None:
    if old.type == new.type == "object":
        if old.class_name != new.class_name and not found.may_rename(old, new):
            found.add(f"{subject.changed_type}.changed", subject, old.class_name, new.class_name)
            return
        found.renamed[old.class_name] = new.class_name
        for difference in rule_changes(old, new):
            _add_rule(found, subject, difference)
        compare = partial(compare_models, found, old, new, subject.role)
        found.later((subject.role, old.pointer, new.pointer), compare)
        return
    if old.type == new.type == "array":
        before, now = _items(old), _items(new)
        items = subject.items(now.pointer)
        found.later((items.place, before.pointer, now.pointer), partial(compare_values, found, items, before, now))
    found.renamed |= zip(old.aliases, new.aliases, strict=False)
    _compare_accepted(found, subject, old, new)
    for difference in rule_changes(old, new):
        _add_rule(found, subject, difference)
    compare_conditions(found, subject, old, new)


def _items(branch: Branch) -> Site:
    return branch.items or Site(True, branch.pointer, "", "")


def _compare_accepted(found: Findings, subject: Subject, old: Branch, new: Branch) -> None:
    """Compare the values that there are, or that are known."""
    kind, kept = f"{subject.role}.field", quoted(type_name(new))
    before, now = _by_text(old.values or old.known), _by_text(new.values or new.known)
    lists = [*before.values()], [*now.values()]
    if (old.values is None) != (new.values is None):
        change, values = ("closed", now) if old.values is None else ("opened", before)
        found.add(f"{kind}.values.{change}", subject, *lists, names=quoted_list(values.values()), type=kept)
    elif old.values is None:
        if before.keys() != now.keys():
            names = {"names": quoted_list(lists[1]) or "none", "before": quoted_list(lists[0]) or "none"}
            found.add(f"{kind}.known_values", subject, *lists, **names)
    else:
        for change, texts in (("added", now.keys() - before.keys()), ("removed", before.keys() - now.keys())):
            if texts:
                listed = quoted_list((before | now)[text] for text in sorted(texts))
                found.add(f"{kind}.values.{change}", subject, *lists, names=listed)


def _by_text(values: Iterable[object]) -> dict[str, object]:
    return {canonical(value): value for value in values}


def _add_rule(found: Findings, subject: Subject, difference: RuleChange) -> None:
    old, new = difference.old, difference.new
    kind = f"request.field.rule.{difference.move}"
    if subject.role == "response":
        kind = "response.field.encoding" if difference.name == "contentEncoding" else "response.field.rule"
    values = old and {old.keyword: old.value}, new and {new.keyword: new.value}
    found.add(kind, subject, *values, rule=new.words if new else "without such a rule", before=_before(old, new))


def _before(old: Rule | None, new: Rule | None) -> str:
    if old is None:
        return "without such a rule"
    return quoted(old.value) if new is not None and old.keyword == new.keyword else old.words


def compare_conditions(found: Findings, subject: Subject, old: Branch, new: Branch) -> None:
    """Compare what the client does nothing about."""
    names = [
        name
        for name in sorted(old.conditions.keys() | new.conditions.keys())
        if canonical(old.conditions.get(name)) != canonical(new.conditions.get(name))
    ]
    removed = [name for name in names if name not in new.conditions and name in _LOOSENING]
    if removed == names and removed and subject.role == "request":
        gone = {name: old.conditions[name] for name in names}
        found.add("request.condition.removed", subject, gone, None, names=quoted_list(names))
    elif names:
        conditions = [{name: branch.conditions.get(name) for name in names} for branch in (old, new)]
        found.add(f"{subject.role}.condition", subject, *conditions, names=quoted_list(names))


def compare_models(found: Findings, old: Branch, new: Branch, role: Role) -> None:
    """Compare two classes, their attributes included."""
    name = new.class_name
    compare_whole(found, Subject(name, quoted(name), role, new.pointer, f"{role}.field.type"), old, new)

    def subject_of(member: Keyword) -> Subject:
        return Subject.attribute(name, member.keyword, role, member.site.pointer)

    if role == "request":
        before, now = sent_members(found.old.shapes, old), sent_members(found.new.shapes, new)
        compare_sent(found, subject_of, before, now)
    else:
        before, now = read_members(found.old.shapes, old), read_members(found.new.shapes, new)
        compare_read(found, subject_of, before, now)


def compare_whole(found: Findings, subject: Subject, old: Branch, new: Branch) -> None:
    """Compare what two classes say of themselves, without their attributes."""
    compare_conditions(found, subject, old, new)
    if usable_members(old.usable) != usable_members(new.usable) and subject.role == "response":
        found.add("response.usable", subject, old.usable, new.usable)
    # What is read may have other members whatever the document says.
    if subject.role == "request" and False in (old.extra, new.extra):
        if old.extra != new.extra:
            kind = "opened" if old.extra is False else "closed"
            found.add(f"request.extra.{kind}", subject, old.extra is not False, new.extra is not False)
    else:
        before, now = _extra(old), _extra(new)
        others = subject.others(now.pointer)
        found.later((others.place, before.pointer, now.pointer), partial(compare_values, found, others, before, now))


def _extra(branch: Branch) -> Site:
    return branch.extra if isinstance(branch.extra, Site) else Site(True, branch.pointer, "", "")


def compare_sent(
    found: Findings, subject_of: Callable[[Keyword], Subject], old: Iterable[Keyword], new: Iterable[Keyword]
) -> None:
    """Compare what may be given: keywords of a call, or members of a class that is sent."""
    before, now = {member.key: member for member in old}, {member.key: member for member in new}
    for key, member in before.items():
        if key in now:
            _compare_given(found, subject_of(now[key]), member, now[key])
        else:
            found.add("request.field.removed", subject_of(member), found.old.shapes.type_of(member.site), None)
    for key, member in now.items():
        if key not in before:
            need = "required" if member.is_required else "optional"
            type_text = found.new.shapes.type_of(member.site)
            found.add(f"request.field.added.{need}", subject_of(member), None, type_text)


def _compare_given(found: Findings, subject: Subject, old: Keyword, new: Keyword) -> None:
    before, now = found.old.shapes.of(old.site), found.new.shapes.of(new.site)
    if old.keyword != new.keyword:
        found.add("request.field.renamed", subject, old.keyword, new.keyword)
    if old.is_required != new.is_required:
        need = "required" if new.is_required else "optional"
        found.add(f"request.field.{need}", subject, old.is_required, new.is_required)
    _compare_nulls(found, subject, _nulls(old, before), _nulls(new, now))
    _compare_defaults(found, subject, before.default, now.default)
    _compare_deprecation(
        found, subject, old.is_deprecated or before.is_deprecated, new.is_deprecated or now.is_deprecated
    )
    # What may be left out may be None, whatever the document says of null.
    compare_shapes(found, subject, evolve(before, is_nullable=False), evolve(now, is_nullable=False))


def _nulls(member: Keyword, shape: Shape) -> list[str]:
    """Return what is sent as null."""
    named = [("None", member.is_required), ("NULL", member.is_json)]
    return [name for name, is_taken in named if is_taken and shape.is_nullable]


def _compare_nulls(found: Findings, subject: Subject, old: list[str], new: list[str]) -> None:
    for kind, names in (("removed", [name for name in old if name not in new]), ("added", [*new])):
        if names and old != new:
            found.add(f"request.field.null.{kind}", subject, old, new, names=quoted_list(names))
            return


def _compare_defaults(found: Findings, subject: Subject, old: object, new: object) -> None:
    if canonical(old) != canonical(new):
        kind = "added" if old is None else "removed" if new is None else "changed"
        found.add(f"request.field.default.{kind}", subject, old, new)


def _compare_deprecation(found: Findings, subject: Subject, old: bool, new: bool) -> None:
    if old != new:
        found.add(f"{subject.role}.field.{'deprecated' if new else 'undeprecated'}", subject, old, new)


def compare_read(
    found: Findings, subject_of: Callable[[Keyword], Subject], old: Iterable[Keyword], new: Iterable[Keyword]
) -> None:
    """Compare the members of a class that is read."""
    before, now = {member.key: member for member in old}, {member.key: member for member in new}
    for key, member in before.items():
        if key in now:
            _compare_got(found, subject_of(now[key]), member, now[key])
        else:
            found.add("response.field.removed", subject_of(member), found.old.shapes.type_of(member.site), None)
    for key, member in now.items():
        if key not in before:
            found.add("response.field.added", subject_of(member), None, found.new.shapes.type_of(member.site))


def _compare_got(found: Findings, subject: Subject, old: Keyword, new: Keyword) -> None:
    before, now = found.old.shapes.of(old.site), found.new.shapes.of(new.site)
    if old.keyword != new.keyword:
        found.add("response.field.renamed", subject, old.keyword, new.keyword)
    # What is left out reads as None, and so does null.
    was_there, is_there = old.is_required and not before.is_nullable, new.is_required and not now.is_nullable
    if was_there != is_there:
        found.add(f"response.field.{'always' if is_there else 'not_always'}", subject, was_there, is_there)
    _compare_deprecation(found, subject, before.is_deprecated, now.is_deprecated)
    compare_shapes(found, subject, evolve(before, is_nullable=False), evolve(now, is_nullable=False))
