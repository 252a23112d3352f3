"""The functions of an operation as values: their keywords, and the parts of a request that these fill."""

from itertools import count

from attrs import frozen
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode

from tools.generate import types
from tools.generate.rules import tuple_of
from tools.openapi.names import BUILTINS

_PARTIAL_IMAGES = "partial_images"
"""The keyword that says how many partial images are made."""


@frozen
class Argument:
    """One keyword of a call that the document names.

    Attributes:
        keyword: Its name in the call.
        attribute: The body's attribute that it becomes, if it is part of a body.
        value: The expression of the attribute's value.
    """

    keyword: str
    attribute: str
    value: str
    type: PythonCode
    is_required: bool
    description: UntrustedString | None
    server_default: UntrustedString | None
    is_deprecated: bool

    @property
    def hides_builtin(self) -> bool:
        """Whether the keyword is the name of one of Python's builtins."""
        return self.keyword in BUILTINS


@frozen
class Switch:
    """The part of a request that asks for events, which no caller gives.

    Attributes:
        attribute: The attribute of the body that it is, or the keyword that it would be.
        wire_name: Its name in the document.
        on: The expression of the value that asks for events.
        off: The expression of one that does not, if a request has to have it.
    """

    attribute: str
    wire_name: UntrustedString
    on: PythonCode
    off: PythonCode | None


@frozen
class Parameter:
    """One parameter outside the body, and the expressions of what is said of it.

    Attributes:
        options: What is said of how it is written, where that is not as usual.
        switch: What it is if it asks for events.
    """

    argument: Argument
    wire_name: UntrustedString
    location: str
    rules: PythonCode | None
    options: tuple[PythonCode, ...]
    switch: Switch | None = None

    def value(self, *, asks_for_events: bool) -> str:
        """Return the expression of its value."""
        if self.switch is None:
            return self.argument.keyword
        value = self.switch.on if asks_for_events else self.switch.off
        return value.as_unembedded_code() if value else "None"


@frozen
class CallBody:
    """The body of a call.

    Attributes:
        encoding: The expression of how it is written.
        model: The class that the members make, if a call takes them one by one.
        members: The keywords that it is made of.
        rules: The rules of a body that is not an object.
        is_required: Whether a request has to have it.
        is_object: Whether it has fields.
        switch: The member that asks for events, if one does.
    """

    encoding: PythonCode
    model: str | None
    members: tuple[Argument, ...]
    rules: PythonCode | None
    is_required: bool
    is_object: bool
    switch: Switch | None = None

    @property
    def sends_null(self) -> bool:
        """Whether the whole body can be null."""
        return self.model is None and types.is_or_null(self.members[0].type)


@frozen
class Call:
    """One function: an operation with one of its kinds of body.

    Attributes:
        constant: The name of the module's constant that describes it.
    """

    function: str
    constant: str
    parameters: tuple[Parameter, ...]
    body: CallBody | None

    @property
    def parameter_values(self) -> PythonCode:
        """The expression of the parameters' values."""
        return self._parameter_values(asks_for_events=False)

    @property
    def parameter_values_for_events(self) -> PythonCode:
        """The same, for events."""
        return self._parameter_values(asks_for_events=True)

    def _parameter_values(self, *, asks_for_events: bool) -> PythonCode:
        values = (parameter.value(asks_for_events=asks_for_events) for parameter in self.parameters)
        return PythonCode(tuple_of(values))

    @property
    def events(self) -> str:
        """The function that gives events."""
        return f"{self.function.removesuffix('_')}_events"

    @property
    def detailed(self) -> str:
        """The function that returns the whole response."""
        return f"{self.function.removesuffix('_')}_detailed"

    def own(self, name: str) -> str:
        """Return the keyword for something of the client's own: its name, unless the document has a keyword of it."""
        keywords = {argument.keyword for argument in self.arguments}
        return next(own for own in (f"{name}{'_' * number}" for number in count()) if own not in keywords)

    def asks_for_events(self, partial: str) -> PythonCode:
        """Return the condition for asking for events: partial images are to be taken, or made."""
        if _PARTIAL_IMAGES not in {argument.keyword for argument in self.arguments}:
            return PythonCode(partial)
        count = f"isinstance({_PARTIAL_IMAGES}, int) and {_PARTIAL_IMAGES} > 0"
        return PythonCode(f"{partial} or ({count})")

    @property
    def takes_fields(self) -> bool:
        """Whether further fields can be put into the body."""
        # A body that is given as a model has such fields in the model's additional_properties.
        return self.body is not None and self.body.model is not None

    @property
    def body_class(self) -> str:
        """The name of the class of a body with rules of its own."""
        return "_" + "".join(word.capitalize() for word in self.function.split("_")) + "Body"

    @property
    def whole_body(self) -> str:
        """The expression of a body that is given as one argument."""
        if self.body is None:
            return "None"
        [argument] = self.body.members
        if self.body.is_object:
            return argument.keyword
        made = f"{self.body_class if self.body.rules else 'WholeBody'}({argument.keyword})"
        return made if self.body.is_required else f"None if {argument.keyword} is None else {made}"

    @property
    def arguments(self) -> list[Argument]:
        """Every keyword that the document names, those that must be given first."""
        members = self.body.members if self.body else ()
        arguments = [*(parameter.argument for parameter in self.parameters if parameter.switch is None), *members]
        return sorted(arguments, key=lambda argument: not argument.is_required)
