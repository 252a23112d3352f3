"""Select: some operations of a document, with everything that they refer to, and nothing else."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import cast

from attrs import Factory, define, field

from tools.openapi.choice import Found, every_operation
from tools.openapi.document import (
    BUNDLE,
    DocumentError,
    Node,
    abbreviate,
    is_node,
    node,
    nodes,
    operations,
    resolve,
    texts,
)
from tools.openapi.mend import mend
from tools.openapi.path_parameters import with_path_parameters, without_strays
from tools.openapi.places import Place, describe_place
from tools.openapi.references import SECTIONS, References
from tools.openapi.repairs import drop_repeated_tags, drop_wrong_defaults, repair
from tools.openapi.upgrade import upgrade_schema
from tools.openapi.variants import Variants, name_of
from tools.openapi.versions import version_of
from tools.openapi.walk import EXTENSIONS, FIELDS, walk

_PROSE = frozenset({"summary", "description", "externalDocs", "example", "examples", EXTENSIONS})

_DROPPED = {
    **dict.fromkeys(FIELDS, _PROSE),
    "info": _PROSE | {"termsOfService", "contact"},
    "operation": _PROSE | {"callbacks"},
    "response": _PROSE | {"links"},
    "schema": _PROSE | {"title", "xml", "$comment", "$defs"},
    "requirement": frozenset[str](),
}
"""Fields that describe nothing on the wire, or something that a client does not do."""

_STATUS_CLASSES = {
    "1": "Informational",
    "2": "Success",
    "3": "Redirection",
    "4": "Client error",
    "5": "Server error",
}
"""The classes of status codes (RFC 9110, section 15)."""


@define
class Selection:
    """Operations of a document, in OpenAPI 3.1's terms, without prose.

    Attributes:
        notes: A line for each thing that is left out.
    """

    _document: Node
    notes: list[str] = Factory(list[str])
    _every: list[Found] = Factory(list[Found])
    _references: References = field(init=False)
    _is_30: bool = field(init=False, default=False)

    def __attrs_post_init__(self) -> None:
        self._references = References(self._document)

    def of(self, operation_ids: Sequence[str]) -> dict[str, object]:
        """Return the document of these operations alone.

        Raises:
            DocumentError: One is not there, or something that they refer to is not.
        """
        self._is_30 = version_of(self._document) == "3.0"
        skeleton = self._skeleton(operation_ids)
        found = cast("dict[str, object]", self._kept(skeleton, "document", ()))
        components = self._components(found)
        found |= {"components": components} if components else {}
        return cast("dict[str, object]", drop_wrong_defaults(found, self.notes))

    def _skeleton(self, operation_ids: Sequence[str]) -> Node:
        """Return the document with these operations, and the components yet to come."""
        paths: dict[str, dict[str, object]] = {}
        found: list[Node] = []
        for operation_id in operation_ids:
            match = self._find(operation_id)
            item = resolve(self._document, node(self._document["paths"])[match.path])
            if match.path not in paths:
                paths[match.path] = self._shared(match.path, item)
            paths[match.path][match.method] = self._called(match, item)
            found.append(match.operation)
        used = [tag for operation in found for tag in texts(operation.get("tags"))]
        declared = [tag for tag in nodes(self._document.get("tags")) if tag.get("name") in used]
        tags = drop_repeated_tags(declared, self.notes)
        common = ["servers"]
        if any("security" not in operation for operation in found):
            common.append("security")
        return {
            "openapi": "3.1.0",
            "info": self._document.get("info") or {},
            **{name: self._document[name] for name in common if name in self._document},
            **({"tags": tags} if tags else {}),
            "paths": paths,
        }

    def _shared(self, path: str, item: Node) -> dict[str, object]:
        """Return what the document says of all operations of a path."""
        shared = {name: item[name] for name in ("servers", "parameters") if name in item}
        kept, notes = without_strays(self._document, path, item.get("parameters"))
        self.notes += [f"{path}: {note}" for note in notes]
        return shared | {"parameters": kept} if notes else shared

    def _called(self, match: Found, item: Node) -> Node:
        """Return an operation with the parameters of its path, and without an id that others have too."""
        operation, notes = with_path_parameters(self._document, match.path, item, match.operation)
        if match.operation_id not in (None, match.name):
            notes.append(f"the operationId {match.operation_id} is another operation's too; it is left out")
            operation = {name: part for name, part in operation.items() if name != "operationId"}
        self.notes += [f"{match.place}: {note}" for note in notes]
        return operation

    def _find(self, name: str) -> Found:
        if not self._every:
            self._every += every_operation(self._document)
        found = [match for match in self._every if name in (match.name, match.operation_id, match.place)]
        if not found and not self._document.get("paths"):
            raise DocumentError(f"the operation {name} is not in the document, which has no paths")
        if not found:
            raise DocumentError(f"the operation {name} is not in the document")
        if len(found) > 1:
            places = " and ".join(match.place for match in found)
            raise DocumentError(f"the operation {name} is in the document more than once: {places}")
        return found[0]

    def _kept(self, value: object, kind: str, place: Place) -> object:
        return walk(mend(value, kind, place, self.notes), kind, place, self._visit, _DROPPED)

    def _visit(self, kind: str, value: dict[str, object], place: Place) -> object:
        """Upgrade an object to 3.1, and fill in what it lacks."""
        dynamic = value.get("$dynamicRef") if kind == "schema" else None
        if isinstance(dynamic, str) and self._references.is_open(dynamic, place):
            self.notes.append(
                f"{describe_place(place)}/$dynamicRef: {dynamic} leads to several schemas; it is any value"
            )
            value = {name: part for name, part in value.items() if name != "$dynamicRef"}
        value = repair(kind, value, place, self.notes)
        if isinstance(reference := value.get("$ref"), str):
            value = {**value, "$ref": self._references.component_of(reference, kind, place)}
        if kind == "schema":
            if is_node(discriminator := value.get("discriminator")):
                value = {**value, "discriminator": self._with_mapping(discriminator, place)}
            if not isinstance(value.get("nullable", False), bool):
                raise DocumentError(f"{describe_place(place)}/nullable has to be a boolean")
            return upgrade_schema(value, is_30=self._is_30)
        if "$ref" in value:
            return {"$ref": value["$ref"]}
        if kind == "response":
            return {"description": _meaning(place[-1]), **value}
        if kind == "media" and not place[-1].startswith("multipart/"):
            return _whole(value)
        if kind == "encoding" and self._is_30 and place[-3].lower().startswith("multipart/"):
            return self._without_style(value, place)
        if kind == "operation" and not value.get("responses"):
            self.notes.append(
                f"{describe_place(place)}/responses: says nothing; any response is taken, without its body"
            )
            return value | {"responses": {"default": {"description": _meaning("default")}}}
        if kind == "flow":
            return value | {"scopes": dict.fromkeys(node(value.get("scopes")), "")}
        return value

    def _with_mapping(self, discriminator: Node, place: Place) -> Node:
        """Return a discriminator that maps to components; a name alone is that of a schema."""
        mapping = {
            value: self._references.component_of(target, "schema", (*place, "discriminator", "mapping", value))
            if isinstance(target, str) and "#" in target
            else target
            for value, target in node(discriminator.get("mapping")).items()
        }
        return {**discriminator, **({"mapping": mapping} if mapping else {})}

    def _without_style(self, value: dict[str, object], place: Place) -> Node:
        """Return the encoding of a part without what OpenAPI 3.0 knows in URL-encoded forms alone."""
        ignored = value.keys() & {"style", "explode", "allowReserved"}
        for name in sorted(ignored):
            self.notes.append(
                f"{describe_place(place)}/{name}: means nothing in multipart in OpenAPI 3.0; it is left out"
            )
        return {name: part for name, part in value.items() if name not in ignored}

    def _components(self, document: Node) -> dict[str, dict[str, object]]:
        """Return the components that the document needs, in the order in which they are met."""
        found: dict[str, dict[str, object]] = {section: {} for section in SECTIONS}
        variants = Variants(self._document)
        waiting = [*_references(document, "document", variants), *_schemes(document)]
        while waiting:
            section, name, where = waiting.pop(0)
            if name in found[section]:
                continue
            kind = SECTIONS[section]
            if (declared := self._references.declared(section, name)) is None:
                raise DocumentError(_missing(section, name, where))
            value, place = declared
            found[section][name] = self._kept(value, kind, place)
            # What belongs to a component follows it.
            waiting = [*_references(found[section][name], kind, variants, place), *waiting]
        return {section: components for section, components in found.items() if components}


def drop_unused_components(document: Node) -> Node:
    """Return a document without the components that nothing refers to.

    Raises:
        DocumentError: Something that is referred to is not there.
    """
    declared = node(document.get("components"))
    components: dict[str, dict[str, object]] = {}
    rest = {name: part for name, part in document.items() if name != "components"}
    variants = Variants(document)
    waiting = [*_references(rest, "document", variants), *_schemes(rest)]
    while waiting:
        section, name, where = waiting.pop(0)
        if name in components.setdefault(section, {}):
            continue
        if name not in node(declared.get(section)):
            raise DocumentError(_missing(section, name, where))
        components[section][name] = node(declared[section])[name]
        place = ("components", section, name)
        waiting = [*_references(components[section][name], SECTIONS[section], variants, place), *waiting]
    return rest | ({"components": components} if components else {})


def _whole(media: dict[str, object]) -> dict[str, object]:
    """Drop the media type from a schema whose body has it already."""
    schema = node(media.get("schema"))
    if schema.get("contentMediaType") == "application/octet-stream" and schema.get("format") == "binary":
        return media | {"schema": {name: part for name, part in schema.items() if name != "contentMediaType"}}
    return media


def _meaning(status: str) -> str:
    """Describe a response, as OpenAPI demands: by the meaning of its status, or by its name."""
    if status.isdecimal() and status in {str(known.value) for known in HTTPStatus}:
        return HTTPStatus(int(status)).phrase
    if status == "default":
        return "Any other response"
    return _STATUS_CLASSES.get(status[:1], status) if status[1:].upper() == "XX" else status


def _references(value: object, kind: str, variants: Variants, place: Place = ()) -> list[tuple[str, str, Place]]:
    """Return the components that a value refers to: section, name, and the place of the reference."""
    found: list[tuple[str, str, Place]] = []

    def note(_: str, visited: dict[str, object], where: Place) -> object:
        mapped = node(node(visited.get("discriminator")).get("mapping")).values()
        targets = [visited.get("$ref"), *(_reference(target) for target in mapped if isinstance(target, str))]
        found.extend(_component(target, where) for target in targets if isinstance(target, str))
        if isinstance(base := visited.get("$ref"), str) and "allOf" not in where[-2:]:
            found.extend(("schemas", variant, where) for variant in variants.of(name_of(base)))
        return visited

    walk(value, kind, place, note, {})
    return found


def _reference(target: str) -> str:
    """Return the reference that a discriminator's mapping has, which may be the name alone."""
    return target if set("/#") & set(target) else f"#/components/schemas/{target}"


def _component(reference: str, place: Place) -> tuple[str, str, Place]:
    """Return the component of a reference."""
    if reference and not reference.startswith("#"):
        raise DocumentError(f"{describe_place(place)}: {abbreviate(reference)} is in another file; {BUNDLE}")
    section, _, rest = reference.removeprefix("#/components/").partition("/")
    name = rest.partition("/")[0].replace("~1", "/").replace("~0", "~")
    if not reference.startswith("#/components/") or section not in SECTIONS or not name:
        raise DocumentError(f"{describe_place(place)}: {reference} is not among the document's components")
    return section, name, place


def _schemes(document: Node) -> Iterator[tuple[str, str, Place]]:
    """Yield the security schemes of the operations: their own, or the document's if they have none."""
    for path, method, operation in operations(document):
        own = "security" in operation
        for requirement in nodes(operation["security"] if own else document.get("security")):
            for name in requirement:
                yield "securitySchemes", name, ("paths", path, method, "security")


def _missing(section: str, name: str, where: Place) -> str:
    if section == "securitySchemes":
        return f"{describe_place(where)}: the scheme {name} is used and not declared in components/securitySchemes"
    return f"{describe_place(where)}: #/components/{section}/{name} leads nowhere"
