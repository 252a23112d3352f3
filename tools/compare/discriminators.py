"""The classes of a union, and the values of their members that tell them apart."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

from tools.compare.branches import canonical
from tools.compare.changes import quoted, quoted_list
from tools.compare.findings import Findings, Subject
from tools.compare.shapes import Shape, Shapes

Tags: TypeAlias = Mapping[tuple[str, str], str]
"""The class of each value, as JSON, of a member."""


def compare_tags(found: Findings, subject: Subject, old: Shape, new: Shape) -> None:
    """Compare what tells the classes of two unions apart; a class that one union lacks is another matter."""
    both = {branch.class_name for branch in old.branches} & {branch.class_name for branch in new.branches}
    before, now = _among(both, _told(old)), _among(both, _told(new))
    constants = _constants(found.old.shapes, old), _constants(found.new.shapes, new)
    every = _among(both, constants[0]) | before, _among(both, constants[1]) | now
    _compare_told(found, subject, (before, now), every)


def compare_event_tags(found: Findings, subject: Subject, classes: set[str], old: Tags, new: Tags) -> None:
    """Compare what tells events apart, of the classes that both documents have; one that is renamed is the same."""
    before, now = (
        _among(classes, {tag: found.renamed.get(name, name) for tag, name in old.items()}),
        _among(classes, new),
    )
    # A class that nothing tells apart reads every event that no other class does.
    is_narrowed = not {*now.values()} <= {*before.values()}
    _compare_told(found, subject, (before, now), (before, now), is_narrowed=is_narrowed)


def _compare_told(
    found: Findings, subject: Subject, told: tuple[Tags, Tags], every: tuple[Tags, Tags], *, is_narrowed: bool = False
) -> None:
    """Compare what is told, of every value that tells classes apart."""
    before, now = told
    swapped = [tag for tag in every[0] if tag in every[1] and every[0][tag] != every[1][tag]]
    move: Literal["changed", "removed", "added"]
    if swapped:
        move, listed = "changed", swapped
        before, now = every
    else:
        listed = [tag for tag in {**before, **now} if tag not in every[0] or tag not in every[1]]
        lost, came = (any(tag in told for tag in listed) for told in (before, now))
        move = "changed" if (lost and came) or is_narrowed else "removed" if lost else "added"
    if listed:
        texts = [_shown({tag: told[tag] for tag in listed if tag in told}) for told in (before, now)]
        found.add(f"{subject.role}.field.discriminator.{move}", subject, *texts, names=texts[1], before=texts[0])


def _told(shape: Shape) -> dict[tuple[str, str], str]:
    """Return what discriminators say."""
    return {
        (member, canonical(value)): branch.class_name
        for branch in shape.branches
        for member, values in branch.tags.items()
        for value in values
    }


def _constants(shapes: Shapes, shape: Shape) -> dict[tuple[str, str], str]:
    """Return what constant members say, and members with a few values, unless two classes have one."""
    classes = [branch for branch in shape.branches if branch.type == "object"]
    found: dict[tuple[str, str], set[str]] = {}
    for branch in classes if len(classes) > 1 else ():
        for member, site in branch.fields.items():
            values = [value for one in shapes.of(site).branches for value in one.values or ()]
            for value in values:
                found.setdefault((member, canonical(value)), set()).add(branch.class_name)
    return {tag: next(iter(names)) for tag, names in found.items() if len(names) == 1}


def _among(classes: set[str], tags: Tags) -> dict[tuple[str, str], str]:
    return {tag: name for tag, name in tags.items() if name in classes}


def _shown(tags: Tags) -> str:
    by_member: dict[str, list[str]] = {}
    for (member, value), name in tags.items():
        by_member.setdefault(member, []).append(f"{value} for {name}")
    return ", and ".join(f"{quoted(member)}: {quoted_list(names)}" for member, names in by_member.items()) or "nothing"
