"""The use of a model's members, which decides their types: those that are only sent are as a caller may pass them."""

from attrs import field, frozen
from openapi_python_client.parser.properties.any import AnyProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol

from tools.generate import types


@frozen
class Use:
    """The use of a member, and the types that follow from it.

    Attributes:
        only_sent: Whether no response holds it.
        is_argument: Whether it is given in a call.
        is_required: Whether a call must give it, if only as `None`.
        takes_null: Whether the document allows null.
        is_json: Whether it is written as JSON.
    """

    prop: PropertyProtocol
    only_sent: bool = field(kw_only=True)
    is_argument: bool = field(kw_only=True)
    is_required: bool = field(kw_only=True)
    takes_null: bool = field(kw_only=True)
    is_json: bool = field(kw_only=True)

    @property
    def is_null_sent(self) -> bool:
        """Whether `None` is sent as null."""
        return self.is_required and self.takes_null

    @property
    def sends_null(self) -> bool:
        """Whether a request can say null in its place."""
        return self.takes_null and self.is_argument and self.is_json and not isinstance(self.prop, AnyProperty)

    @property
    def must_be_read(self) -> bool:
        """Whether a JSON object without it is no such model."""
        return self.is_required and self.only_sent and not self.takes_null

    @property
    def is_kept_list(self) -> bool:
        """Whether it is a list that a response may hold: an absent one is empty."""
        return isinstance(self.prop, ListProperty) and not self.only_sent and not self.is_null_sent

    @property
    def annotation(self) -> str:
        """The attribute's type."""
        annotation = types.sent_type(self.prop) if self.only_sent else types.response_type(self.prop)
        return annotation if self.is_kept_list or self.must_be_read else types.optional(annotation)

    @property
    def argument(self) -> str:
        """The keyword's type."""
        if self.only_sent:
            argument = types.argument_type(self.prop)
        elif isinstance(self.prop, ListProperty) and not self.is_kept_list:
            argument = types.response_type(self.prop)
        else:
            argument = types.kept_argument_type(self.prop)
        return argument if self.is_required and not self.takes_null else types.optional(argument)

    def reading(self, expression: str) -> str:
        """Return the expression that reads the attribute."""
        if not self.is_kept_list:
            return expression
        # What is sent has to tell an empty list from none.
        return f"as_list({expression})" if self.is_argument else f"{expression} or []"

    @property
    def default(self) -> str | None:
        """The expression of the attribute's default, if it has one."""
        if self.is_kept_list:
            items = types.response_type(self.prop)[5:-1]
            return f"factory={'AbsentList' if self.is_argument else 'list'}[{types.quoted(items)}]"
        return None if self.must_be_read or self.is_null_sent else "default=None"
