"""The values that a schema allows, whichever way the schema says it.

References are followed, `allOf` is put together, null is set apart, and a union is the list
of its branches, so that two schemas which mean the same have the same shape.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import evolve, frozen

from tools.compare.branches import ANNOTATIONS, Branch, Site, canonical, own_branches, tighter, type_name
from tools.openapi.document import DocumentError, Node, node, nodes, target
from tools.openapi.schemas import pointer
from tools.openapi.variants import UNIONS, Variants, name_of, tags_of

_MAX_BRANCHES = 64
"""How many kinds of value an intersection of unions may have. A union alone may have any number."""


@frozen
class Shape:
    """The values that a schema allows.

    Attributes:
        is_nullable: Whether null is a value.
        default: The server's default.
    """

    branches: tuple[Branch, ...]
    is_nullable: bool
    default: object = None
    is_deprecated: bool = False
    is_read_only: bool = False
    is_write_only: bool = False


class Shapes:
    """The shapes of a document's schemas."""

    def __init__(self, document: Node) -> None:
        self._document = document
        self._variants = Variants(document)
        self._components: dict[str, Shape | None] = {}
        self._known: dict[Site, Shape] = {}

    def of(self, site: Site) -> Shape:
        """Return the shape of a schema.

        Raises:
            DocumentError: It refers to nothing, or to itself, or is too large.
        """
        if site not in self._known:
            self._known[site] = self._read(site)
        return self._known[site]

    def _read(self, site: Site) -> Shape:
        raw = node(site.raw)
        shape = self._shape(site, raw)
        return evolve(
            shape,
            default=raw.get("default", shape.default),
            is_deprecated=raw.get("deprecated", shape.is_deprecated) is True,
            is_read_only=raw.get("readOnly", shape.is_read_only) is True,
            is_write_only=raw.get("writeOnly", shape.is_write_only) is True,
        )

    def type_of(self, site: Site, level: int = 3) -> str:
        """Return the Python type of a value."""
        return self.text_of(self.of(site), level)

    def text_of(self, shape: Shape, level: int = 3) -> str:
        """Return the Python type of a shape."""
        names = [self._type(branch, level) for branch in shape.branches]
        names = ["object"] if "object" in names else [*dict.fromkeys(names)]
        return " | ".join([*names, "None"] if shape.is_nullable and names != ["object"] else names) or "None"

    def _type(self, branch: Branch, level: int) -> str:
        if branch.type == "array":
            items = self.type_of(branch.items, level - 1) if branch.items and level else "object"
            return f"list[{items}]"
        return type_name(branch)

    def _shape(self, site: Site, raw: Node) -> Shape:
        if isinstance(reference := raw.get("$ref"), str):
            beside = {name: part for name, part in raw.items() if name != "$ref" and name not in ANNOTATIONS}
            found = self._component(reference) if _is_extended(site) else self._with_variants(reference)
            rest = self._shape(site, beside) if any(not name.startswith("x-") for name in beside) else None
            return evolve(found, branches=_settled(_products(rest.branches, found.branches))) if rest else found
        branches, is_nullable = own_branches(site, raw)
        parts = nodes(raw.get("allOf"))
        inherited = [self._inner(site, "allOf", index, part, site.name) for index, part in enumerate(parts)]
        unions = [self._union(site, keyword, raw) for keyword in UNIONS]
        is_alone = len(inherited) + sum(map(len, unions)) == 1
        for shape in inherited:
            branches = _products(branches, shape.branches, rename=is_alone and "$ref" in parts[0])
            is_nullable = is_nullable or (shape.is_nullable and is_alone)
        for union in unions:
            alternatives = [branch for shape in union for branch in shape.branches]
            branches = _products(branches, alternatives, rename=True) if alternatives else branches
            is_nullable = is_nullable or any(shape.is_nullable for shape in union)
        outer = inherited[0] if is_alone and inherited else Shape((), is_nullable=False)
        return evolve(outer, branches=_settled(branches), is_nullable=is_nullable)

    def _with_variants(self, reference: str) -> Shape:
        """Return the shape of a base with its variants, which a reference to it stands for."""
        base = self._component(reference)
        names = self._variants.of(name_of(reference))
        if not names:
            return base
        references = [pointer("components", "schemas", name) for name in names]
        shapes = _tagged(
            self._variants.discriminator(name_of(reference)), references, [*map(self._component, references)]
        )
        branches = [branch for shape in (*shapes, base) for branch in shape.branches]
        return evolve(base, branches=_settled(branches))

    def _union(self, site: Site, keyword: str, raw: Node) -> list[Shape]:
        parts = list(enumerate(nodes(raw.get(keyword))))
        values = [(index, part) for index, part in parts if not _is_null(part)]
        enums = [index for index, part in values if "enum" in part]
        shapes: list[Shape] = []
        for number, (index, part) in enumerate(values):
            is_named_alike = len(values) == 1 or enums == [index]
            name = site.name if is_named_alike else f"{site.name}_type_{number}"
            shapes.append(self._inner(site, keyword, index, part, name))
        told = _tagged(node(raw.get("discriminator")), [part.get("$ref") for _, part in values], shapes)
        return told if len(values) == len(parts) else [Shape((), is_nullable=True), *told]

    def _inner(self, site: Site, keyword: str, index: int, part: Node, name: str) -> Shape:
        return self.of(site.within(keyword, str(index), raw=part, name=name))

    def _component(self, reference: str) -> Shape:
        if reference not in self._components:
            self._components[reference] = None
            site = Site(target(self._document, reference), reference, "", reference.rpartition("/")[2])
            self._components[reference] = self.of(site)
        found = self._components[reference]
        if found is None:
            raise DocumentError(f"{reference} refers to itself")
        return found


def _is_extended(site: Site) -> bool:
    """Return whether a reference is to a base alone: in an `allOf`, or for a body that a call takes by its members."""
    steps = site.pointer.split("/")
    return "allOf" in steps[-2:] or (steps[-1:] == ["schema"] and steps[-4:-3] == ["requestBody"])


def _tagged(discriminator: Node, references: Sequence[object], shapes: Sequence[Shape]) -> list[Shape]:
    """Return the shapes of a union's branches with the values that its discriminator knows them by."""
    member = discriminator.get("propertyName")
    if not isinstance(member, str):
        return list(shapes)
    names = [name_of(reference) for reference in references]
    tags = tags_of(discriminator, [name for reference, name in zip(references, names, strict=True) if reference])
    return [
        evolve(shape, branches=tuple(_with_tag(branch, member, tags.get(name, [])) for branch in shape.branches))
        for shape, name in zip(shapes, names, strict=True)
    ]


def _with_tag(branch: Branch, member: str, values: Sequence[str]) -> Branch:
    known = branch.tags.get(member, ())
    return evolve(branch, tags={**branch.tags, member: tuple(dict.fromkeys((*known, *values)))}) if values else branch


def _is_null(raw: Node) -> bool:
    enum = raw.get("enum")
    return raw.get("type") in ("null", ["null"]) or ("const" in raw and raw["const"] is None) or enum == [None]


def _products(these: Sequence[Branch], those: Sequence[Branch], *, rename: bool = False) -> list[Branch]:
    """Return the pairwise intersection of two lists of branches."""
    is_multiplied = min(len(these), len(those)) > 1
    found: list[Branch] = []
    for one in these:
        for other in those:
            if (both := _both(one, other, rename=rename)) is not None:
                found.append(both)
            if is_multiplied and len(found) > _MAX_BRANCHES:
                raise DocumentError(f"{one.pointer}: more than {_MAX_BRANCHES} kinds of value are too many to compare")
    return found


def _both(one: Branch, other: Branch, *, rename: bool) -> Branch | None:
    kinds = {one.type, other.type} - {"any"}
    if kinds == {"integer", "number"}:
        kinds = {"integer"}
    if len(kinds) > 1:
        return None
    named = other if rename or (one.type == "any" and one.is_open and not other.fields) else one
    rules = {name: tighter(name, one.rules.get(name), other.rules.get(name)) for name in {**one.rules, **other.rules}}
    return Branch(
        type=next(iter(kinds), "any"),
        class_name=named.class_name,
        pointer=named.pointer,
        rules=dict(sorted(rules.items())),
        values=_common(one.values, other.values),
        known=other.known or one.known,
        aliases=other.aliases or one.aliases,
        fields=_joined(one.fields, other.fields),
        required=one.required | other.required,
        items=_whole(one.items, other.items),
        extra=other.extra if one.extra is True else one.extra,
        usable=one.usable or other.usable,
        tags=other.tags or one.tags,
        conditions={**one.conditions, **other.conditions},
    )


def _common(one: tuple[object, ...] | None, other: tuple[object, ...] | None) -> tuple[object, ...] | None:
    if one is None or other is None:
        return other if one is None else one
    both = {canonical(value) for value in other}
    return tuple(value for value in one if canonical(value) in both)


def _joined(one: Mapping[str, Site], other: Mapping[str, Site]) -> dict[str, Site]:
    twice = {name: whole for name in one.keys() & other.keys() if (whole := _whole(one[name], other[name]))}
    return {**one, **other, **twice}


def _whole(one: Site | None, other: Site | None) -> Site | None:
    """Return a schema with the rules of two that describe the same value."""
    if one is None or other is None or one is other:
        return other if one is None else one
    return evolve(other, raw={"allOf": [one.raw, other.raw]})


def _settled(branches: Iterable[Branch]) -> tuple[Branch, ...]:
    """Merge the branches: each once, without those that others cover, and the enums of a type as one."""
    found: list[Branch] = []
    for branch in branches:
        if branch.type in ("object", "array"):
            found += [] if any(other.pointer == branch.pointer for other in found) else [branch]
            continue
        twin = next((other for other in found if _joins(other, branch)), None)
        if twin is None:
            found.append(branch)
        else:
            found[found.index(twin)] = _joint(twin, branch)
    return tuple(found)


def _joins(one: Branch, other: Branch) -> bool:
    if one.type != other.type or type_name(one) != type_name(other):
        return False
    is_same = [one.rules, one.conditions] == [other.rules, other.conditions]
    return one.is_open or other.is_open or (is_same and (one.values is None) == (other.values is None))


def _joint(one: Branch, other: Branch) -> Branch:
    aliases = tuple(dict.fromkeys((*one.aliases, *other.aliases)))
    values = tuple(_distinct((*(one.values or one.known), *(other.values or other.known))))
    if one.is_open or other.is_open:
        return evolve(one if one.is_open else other, known=values, aliases=aliases)
    return evolve(one, values=values if one.values is not None else None, aliases=aliases)


def _distinct(values: Iterable[object]) -> Iterator[object]:
    return iter({canonical(value): value for value in values}.values())
