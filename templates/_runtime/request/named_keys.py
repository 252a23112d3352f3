"""Keys in a header or a query parameter of the document's own naming."""

from attrs import frozen

from .security import SecurityScheme


@frozen
class HeaderKey(SecurityScheme):
    """A header of the document's own naming."""

    name: str

    def headers(self, key: str, /) -> dict[str, str]:
        """Return the header."""
        return {self.name: key}


@frozen
class QueryKey(SecurityScheme):
    """A query parameter of the document's own naming."""

    name: str

    def query(self, key: str, /) -> dict[str, str]:
        """Return the query parameter."""
        return {self.name: key}
