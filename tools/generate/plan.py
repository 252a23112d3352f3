"""Plan: what each module of the package says, decided once, before anything is rendered."""

from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, frozen
from openapi_python_client.config import ClassOverride, Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.properties.literal_enum_property import LiteralEnumProperty
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode

from tools.generate import types
from tools.generate.identity import Identity
from tools.generate.images import Images
from tools.generate.imports import Import
from tools.generate.models import Model, Models
from tools.generate.operations import Operation, Operations
from tools.generate.own_names import (
    EVENT_NAMES,
    FILE_NAMES,
    IMAGE_NAMES,
    NULL_NAMES,
    PARTIAL_NAMES,
    ROOT_NAMES,
    error_names,
    own_names,
)
from tools.openapi.document import DocumentError, Node
from tools.openapi.names import check_names, check_written
from tools.openapi.servers import Servers, servers_of


@frozen
class Plan:
    """The content of a package, for the templates.

    Attributes:
        operations: The modules of `api/`, by the names of the generator's endpoints.
        tags: The tags as the document has them, by the generator's names for them.
        models: The modules of `models/` that hold a class, by the names of the classes.
        enums: The values of each alias, by its name.
        exported: Every model and alias.
        images: The members of responses that hold images, if any do.
        servers: Where the operations are.
        requires_key: Whether every operation asks for a key.
        error_names: The classes of the errors.
        identity: What the client calls itself.
    """

    operations: Mapping[str, Operation]
    tags: Mapping[str, UntrustedString]
    models: Mapping[str, Model]
    enums: Mapping[str, PythonCode]
    exported: tuple[Import, ...]
    images: Images | None
    servers: Servers
    requires_key: bool
    error_names: tuple[str, ...]
    identity: Identity

    @property
    def takes_password(self) -> bool:
        """Whether an operation asks for a user and a password."""
        return any(operation.takes_password for operation in self.operations.values())

    @property
    def bases(self) -> list[str]:
        """The classes that the client is made of."""
        further = {"ServersClient": self.servers.elsewhere, "PasswordClient": self.takes_password}
        return [name for name, is_used in further.items() if is_used] or ["BaseClient"]

    @property
    def sends_null(self) -> bool:
        """Whether a request can say null where it is not the only thing to say."""
        calls = [call for operation in self.operations.values() for call in operation.calls]
        is_in_body = any(types.is_or_null(argument.type) for call in calls for argument in call.arguments)
        return is_in_body or any(member.sends_null for model in self.models.values() for member in model.members)

    @property
    def has_partial_images(self) -> bool:
        """Whether events have partial images."""
        return any(operation.image_events for operation in self.operations.values())

    @property
    def gives_events(self) -> bool:
        """Whether an operation gives server-sent events."""
        return any(operation.events for operation in self.operations.values())

    @property
    def has_files(self) -> bool:
        """Whether responses are files."""
        return any(operation.files for operation in self.operations.values())

    @property
    def schema_homes(self) -> dict[str, str]:
        """The models and aliases, and their modules below `models/`."""
        return {found.name: f".{found.module}" for found in self.exported}

    @property
    def homes(self) -> dict[str, str]:
        """The public names, and the modules that define them."""
        functions = {
            name: f".api.{operation.tag}.{operation.module}"
            for operation in self.operations.values()
            for name in operation.functions
        }
        classes = {name: f".models{home}" for name, home in self.schema_homes.items()}
        classes |= {
            operation.events.alias: f".api.{operation.tag}.{operation.events.alias_module}"
            for operation in self.operations.values()
            if operation.events and operation.events.alias
        }
        errors = dict.fromkeys(self.error_names, ".errors")
        chosen = (
            *((NULL_NAMES, self.sends_null), (IMAGE_NAMES, self.images), (PARTIAL_NAMES, self.has_partial_images)),
            *((FILE_NAMES, self.has_files), (EVENT_NAMES, self.gives_events)),
        )
        others = {name: home for names, is_there in chosen if is_there for name, home in names.items()}
        return {**ROOT_NAMES, **others, **functions, **classes, **errors}

    @property
    def exports(self) -> dict[str, str]:
        """The same but for the models, which have a table of their own: constants, then classes, then functions."""
        homes = {**self.homes, "__version__": "."}
        own = homes.keys() - self.schema_homes.keys()
        return {name: homes[name] for name in sorted(own, key=lambda name: (not name.isupper(), name))}


def avoid_own_names(config: Config, identity: Identity) -> Config:
    """Return settings that append `Model` to a schema's name that the client has for something of its own."""
    others = {
        name: ClassOverride.model_validate({"class_name": f"{name}Model"}) for name in sorted(own_names(identity))
    }
    return evolve(config, class_overrides={**others, **config.class_overrides})


def plan_package(document: Node, openapi: GeneratorData, config: Config, identity: Identity) -> Plan:
    """Plan the package of a document.

    Raises:
        DocumentError: The document asks for what this client does not do, or a name stands for two things.
    """
    models = Models(document, openapi, config)
    operations = Operations(document, models, config)
    by_tag = openapi.endpoint_collections_by_tag
    planned = [
        (str(endpoint.name), operations.plan(endpoint, str(tag)))
        for tag, collection in by_tag.items()
        for endpoint in collection.endpoints
    ]
    plan = Plan(
        operations=dict(planned),
        tags={str(tag): operations.tag_of(collection) for tag, collection in by_tag.items()},
        models={str(model.class_info.name): models.plan(model) for model in openapi.models},
        enums={
            str(enum.class_info.name): models.values(enum)
            for enum in openapi.enums
            if isinstance(enum, LiteralEnumProperty)
        },
        exported=tuple(models.exported()),
        images=_only_images(operation for _, operation in planned),
        servers=servers_of(document),
        requires_key=all(found.needs_key for _, found in planned),
        error_names=error_names(identity),
        identity=identity,
    )
    _check_names(plan, [operation for _, operation in planned])
    return plan


def _only_images(operations: Iterable[Operation]) -> Images | None:
    """Return where responses have their images, which has to be the same in all that have some."""
    found = {operation.images for operation in operations if operation.images}
    if len(found) > 1:
        raise DocumentError("x-usable-answer: more than one kind of response has images, which is not supported")
    return next(iter(found), None)


def _check_names(plan: Plan, operations: Sequence[Operation]) -> None:
    classes = {found.name: found.module for found in plan.exported}
    functions = [name for operation in operations for name in operation.functions]
    aliases = {events.alias for operation in operations if (events := operation.events) and events.alias}
    modules = [operation.module for operation in operations]
    check_written([*plan.tags, *classes, *classes.values(), *aliases, *functions, *modules])
    check_names([*classes, *aliases], functions, own_names(plan.identity))
