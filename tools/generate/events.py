"""The events of an operation: their types, and how each is told from the others."""

from collections.abc import Iterator, Mapping

from attrs import frozen
from openapi_python_client.config import Config
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.responses import Response
from openapi_python_client.strings import PythonCode

from tools.generate import types
from tools.generate.imports import Import, imports_of
from tools.generate.models import Models
from tools.generate.view import EVENTS_STATUS
from tools.openapi.document import Node, node

_TAGS = ("type", "event")
"""The usual names of the member that tells events apart."""

_RAW = "ServerSentEvent"


@frozen
class Events:
    """The events of an operation.

    Attributes:
        module: The name of the module that has the types and the reader.
        alias: The name of the union of their types, if there are several.
        union: That union.
        type: The type of what a reader makes of an event that it knows.
        given: The type of what a stream gives.
        reader: The expression of what reads them.
        imports: The models that it names.
    """

    module: str
    alias: str | None
    union: PythonCode
    type: PythonCode
    given: PythonCode
    reader: PythonCode
    imports: tuple[Import, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the document describes whole events."""
        return "is_whole=True" in self.reader.as_unembedded_code()

    @property
    def is_text(self) -> bool:
        """Whether the data of the events are strings."""
        return "is_json=False" in self.reader.as_unembedded_code()

    @property
    def is_known(self) -> bool:
        """Whether the document says what the events are."""
        return self.type != PythonCode(_RAW)


def events_of(models: Models, raw: Node, operation: str, responses: list[Response], config: Config) -> Events | None:
    """Return the events of an operation, if it has some.

    Args:
        models: The models.
        raw: The operation.
        operation: The name of its module.
        responses: Its responses, its events among them.
        config: The generator's settings.
    """
    found = [response for response in responses if response.status_code.pattern == EVENTS_STATUS]
    if not found:
        return None
    prop, module = found[0].prop, f"{operation}_events"
    if isinstance(prop, AnyProperty | StringProperty):  # nothing is said of single events
        kind = PythonCode(_RAW)
        return Events(module, None, kind, kind, kind, PythonCode("EventReader(is_json=False)"), ())
    union = types.response_type(prop)
    alias = _alias(raw, config) if " | " in union else None
    kind = PythonCode(alias or union)
    given = PythonCode("object" if union == "object" else f"{alias or union} | {_RAW}")
    reader = PythonCode(_reader(models, prop))
    return Events(module, alias, PythonCode(union), kind, given, reader, tuple(sorted({*imports_of(prop)})))


def _alias(raw: Node, config: Config) -> str:
    """Return the name of the union, which is that of its schema."""
    [content] = node(node(node(raw["responses"])[EVENTS_STATUS])["content"]).values()
    reference = str(node(node(content)["schema"]).get("$ref", f"{raw.get('operationId')}_event"))
    return str(Class.from_string(string=reference, config=config).name)


def _reader(models: Models, prop: PropertyProtocol) -> str:
    names = list(dict.fromkeys(str(model.class_info.name) for model in types.models_in(prop)))
    is_whole = bool(names) and all(
        {"event", "data"} <= members.keys() for members in map(models.members_by_name, names)
    )
    options = ["is_whole=True"] if is_whole else []
    if is_whole and all(isinstance(models.members_by_name(name)["data"], StringProperty) for name in names):
        options.append("is_json=False")
    is_of_models = not any(leaf not in names for leaf in types.response_members(prop))
    tag = _tag(models, names, is_whole=is_whole) if is_of_models else None
    if tag is None:
        return f"EventReader({', '.join([f'read={models.readings.reader(prop)}', *options])})"
    table, rest = _table(models, names, tag)
    entries = ", ".join(f"{value!r}: {_reading(models, found)}" for value, found in table.items())
    if rest:
        options.insert(0, f"read={_reading(models, rest)}")
    return f"EventReader({', '.join([f'{{{entries}}}', repr(tag), *options])})"


def _tag(models: Models, names: list[str], *, is_whole: bool) -> str | None:
    """Return the member that tells events apart: whatever most of them have a constant for."""
    if is_whole:
        return (
            "event" if any(models.readings.values_of(name, frozenset(names)).get("event") for name in names) else None
        )
    candidates = list(_TAGS[:1] if len(names) == 1 else dict.fromkeys([*_TAGS, *_telling(models, names)]))
    counts = [
        sum(bool(models.readings.values_of(name, frozenset(names)).get(member)) for name in names)
        for member in candidates
    ]
    return candidates[counts.index(max(counts))] if any(counts) else None


def _telling(models: Models, names: list[str]) -> Iterator[str]:
    """Yield the members no value of which two models have."""
    for member in [member for name in names for member in models.readings.values_of(name, frozenset(names))]:
        values = [
            value for name in names for value in models.readings.values_of(name, frozenset(names)).get(member, ())
        ]
        if len(set(map(repr, values))) == len(values):
            yield member


def _table(models: Models, names: list[str], tag: str) -> tuple[Mapping[str, list[str]], list[str]]:
    """Return the models of each value of a member, and those that have no value for it."""
    table: dict[str, list[str]] = {}
    rest: list[str] = []
    for name in names:
        # A discriminator without a mapping names schemas, which no server sends if a constant says otherwise.
        said = models.readings.own_values_of(name).get(tag) or models.readings.values_of(name, frozenset(names)).get(
            tag, ()
        )
        values = [value for value in said if isinstance(value, str)]
        for value in values:
            table.setdefault(value, []).append(name)
        rest += [] if values else [name]
    return table, rest


def _reading(models: Models, names: list[str]) -> str:
    readings = [models.readings.model(name, names) for name in names]
    return readings[0] if len(names) == 1 else f"Either[{' | '.join(names)}]({', '.join(readings)})"
