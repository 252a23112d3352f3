"""The events of an operation: their types, and how each is told from the others."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain, count

from attrs import frozen
from openapi_python_client.config import Config
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.schemas import Class
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.responses import Response
from openapi_python_client.strings import PythonCode

from tools.generate import types
from tools.generate.models import Models
from tools.generate.view import EVENTS_STATUS
from tools.openapi.document import Node, node
from tools.openapi.events import tag_of_events

_RAW = "ServerSentEvent"


@frozen
class Events:
    """The events of an operation.

    Attributes:
        module: The name of the module that has the reader.
        alias: The name of the union of their types, if there are several.
        alias_module: The name of its module. Reading one event does not import the types of all.
        union: That union.
        type: The type of what a reader makes of an event that it knows.
        given: The type of what a stream gives.
        reader: The expression of what reads them.
        is_whole: Whether the document describes whole events.
        is_text: Whether the data of the events are strings.
    """

    module: str
    alias: str | None
    alias_module: str
    union: PythonCode
    type: PythonCode
    given: PythonCode
    reader: PythonCode
    is_whole: bool = False
    is_text: bool = False

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
    prop, module, alias_module = found[0].prop, f"{operation}_event_reader", f"{operation}_events"
    if isinstance(prop, AnyProperty | StringProperty):  # nothing is said of single events
        kind = PythonCode(_RAW)
        reader = PythonCode("EventReader(is_json=False)")
        return Events(module, None, alias_module, kind, kind, kind, reader, is_text=True)
    union = types.response_type(prop)
    alias = _alias(raw, config, {found.name for found in models.exported()}) if " | " in union else None
    kind = PythonCode(alias or union)
    given = PythonCode("object" if union == "object" else f"{alias or union} | {_RAW}")
    members = [models.members_by_name(name) for name in _names_in(prop)]
    is_whole = bool(members) and all({"event", "data"} <= found.keys() for found in members)
    is_text = is_whole and all(isinstance(found["data"], StringProperty) for found in members)
    reader = PythonCode(_reader(models, prop, is_whole=is_whole, is_text=is_text))
    return Events(
        module, alias, alias_module, PythonCode(union), kind, given, reader, is_whole=is_whole, is_text=is_text
    )


def _alias(raw: Node, config: Config, taken: Collection[str]) -> str:
    """Return the name of the union, which is that of its schema, with a number if an enum within it has that."""
    [content] = node(node(node(raw["responses"])[EVENTS_STATUS])["content"]).values()
    reference = str(node(node(content)["schema"]).get("$ref", f"{raw.get('operationId')}_event"))
    name = str(Class.from_string(string=reference, config=config).name)
    return next(found for found in chain([name], (f"{name}{number}" for number in count(2))) if found not in taken)


def _names_in(prop: PropertyProtocol) -> list[str]:
    return list(dict.fromkeys(str(model.class_info.name) for model in types.models_in(prop)))


def _reader(models: Models, prop: PropertyProtocol, *, is_whole: bool, is_text: bool) -> str:
    names = _names_in(prop)
    options = [*(["is_whole=True"] if is_whole else []), *(["is_json=False"] if is_text else [])]
    is_of_models = {*types.response_members(prop)} <= {*map(types.in_models, names)}
    union = frozenset(names)
    values = {name: models.readings.values_of(name, union) for name in names}
    tag = tag_of_events([*values.values()], is_whole=is_whole) if is_of_models else None
    if tag is None:
        return f"EventReader({', '.join([f'read={models.readings.reader(prop)}', *options])})"
    # A discriminator without a mapping names schemas, which no server sends if a constant says otherwise.
    table, rest = _table(
        {name: models.readings.own_values_of(name).get(tag) or values[name].get(tag) for name in names}
    )
    entries = ", ".join(f"{value!r}: {_reading(models, found)}" for value, found in table.items())
    if rest:
        options.insert(0, f"read={_reading(models, rest)}")
    return f"EventReader({', '.join([f'{{{entries}}}', repr(tag), *options])})"


def _table(values: Mapping[str, Sequence[object] | None]) -> tuple[Mapping[str, list[str]], list[str]]:
    """Return the models of each value of the member that tells them apart, and those that have no value for it."""
    table: dict[str, list[str]] = {}
    rest: list[str] = []
    for name, found in values.items():
        words = [value for value in found or () if isinstance(value, str)]
        for value in words:
            table.setdefault(value, []).append(name)
        rest += [] if words else [name]
    return table, rest


def _reading(models: Models, names: list[str]) -> str:
    readings = [models.readings.model(name, names) for name in names]
    if len(names) == 1:
        return readings[0]
    union = types.union(map(types.in_models, names))
    return f"Either[{types.quoted(union)}]({', '.join(readings)})"
