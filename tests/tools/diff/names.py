"""Whether what `make diff` calls the parts of a client are their names."""

import importlib
import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Protocol, cast

from tools.compare.branches import Site, canonical
from tools.compare.contract import Contract
from tools.compare.events import alias_of_events, are_whole, tags_of_events
from tools.compare.exports import exports_of
from tools.compare.images import has_partial_images, partial_option
from tools.compare.operations import Call
from tools.compare.tree import tree_of
from tools.openapi.document import Node, node
from tools.openapi.names import OPTIONS


class Reader(Protocol):
    """How a client reads events, of what the generated code says."""

    @property
    def readings(self) -> Mapping[str, object]:
        """How each event is read, by the value that tells it from the others."""
        ...

    @property
    def tag(self) -> str | None:
        """The member that has the value."""
        ...

    @property
    def is_whole(self) -> bool:
        """Whether an event is read with its name."""
        ...


def assert_named_alike(package: ModuleType, document: Node) -> None:
    """Hold the functions, keywords, classes and types of a document to those of its client."""
    contract = Contract(node(tree_of(document)))
    unions = set[str | None]()
    for operation in contract.operations:
        for call in operation.calls:
            assert_called_alike(package, call)
            assert (call.events in package.__all__) == (operation.events is not None)
            if has_partial_images(contract, operation):
                assert partial_option(call) in keywords_of(package, f"{call.function}_stream")
        if operation.events is not None:
            reader = reader_of(package, f"{operation.module}.{operation.function}_event_reader")
            assert_told_alike(contract, operation.events, reader)
            unions.add(alias_of_events(contract.shapes, operation.events, operation.id))
    names = exports_of(contract)
    assert names.keys() <= set(package.__all__)
    models = inspect.getmembers(package.models, lambda member: not inspect.ismodule(member))
    assert names.keys() - unions == {name for name, _ in models if not name.startswith("_")}


def assert_called_alike(package: ModuleType, call: Call) -> None:
    """Hold the keywords of a call to those of its function."""
    parameters = keywords_of(package, call.function)
    assert {keyword.keyword for keyword in call.keywords} == parameters.keys() - {*OPTIONS}
    required = {name for name, parameter in parameters.items() if parameter.default is parameter.empty}
    assert {keyword.keyword for keyword in call.keywords if keyword.is_required} == required - {*OPTIONS}


def keywords_of(package: ModuleType, function: str) -> Mapping[str, inspect.Parameter]:
    """The parameters of a function of a client."""
    return inspect.signature(getattr(package, function)).parameters


def reader_of(package: ModuleType, module: str) -> Reader:
    """What reads the events of an operation."""
    return cast("Reader", importlib.import_module(f"{package.__name__}.{module}").EVENTS)


def assert_told_alike(contract: Contract, events: Site, reader: Reader) -> None:
    """Hold what tells the events of a document apart to what its client tells them apart by."""
    tag = "event" if reader.is_whole else reader.tag
    assert {(tag, canonical(value)) for value in reader.readings} == tags_of_events(contract.shapes, events).keys()
    assert reader.is_whole == are_whole(contract.shapes, events)
