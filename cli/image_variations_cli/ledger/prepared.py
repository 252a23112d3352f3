"""Statements that run for every row: compiled once, because composing and adapting them takes longer than running."""

from collections.abc import Mapping, Sequence
from typing import cast

from attrs import define, field, frozen
from sqlalchemy import Connection, Dialect, Insert, Update


@frozen
class _Text:
    """A statement as the driver takes it.

    Attributes:
        order: The names of its parameters, if the driver takes them by position.
        constants: Those that the statement has itself.
    """

    text: str
    order: tuple[str, ...] | None
    constants: Mapping[str, object]


@define(eq=False)
class Prepared:
    """A statement that changes rows, by values of plain types.

    Attributes:
        sets: Columns that are set to parameters of the same name.
    """

    statement: Insert | Update
    sets: tuple[str, ...] = ()
    _texts: dict[str, _Text] = field(factory=dict[str, _Text], init=False)

    def execute(self, connection: Connection, values: Sequence[Mapping[str, object]]) -> int:
        """Run it for each set of values, one after the other. Return how many rows it met."""
        name = connection.dialect.name
        if name not in self._texts:
            self._texts[name] = self._compile(connection.dialect)
        text = self._texts[name]
        given = [{**text.constants, **one} for one in values]
        if text.order is None:
            return connection.exec_driver_sql(text.text, given).rowcount
        order = text.order
        return connection.exec_driver_sql(text.text, [tuple([one[name] for name in order]) for one in given]).rowcount

    def _compile(self, dialect: Dialect) -> _Text:
        compiled = self.statement.compile(dialect=dialect, column_keys=list(self.sets) or None)
        order = cast(list[str] | None, getattr(compiled, "positiontup", None))
        constants = {name: value for name, value in compiled.params.items() if isinstance(value, str | int)}
        return _Text(str(compiled), None if order is None else tuple(order), constants)
