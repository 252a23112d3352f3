"""How a key is shown to the server."""

from typing import Protocol

from attrs import frozen


class SecurityScheme(Protocol):
    """One way to show a key to the server."""

    def headers(self, key: str, /) -> dict[str, str]:
        """The headers that carry the key."""
        ...

    def query(self, key: str, /) -> dict[str, str]:
        """The query parameters that carry the key."""
        ...


@frozen
class Bearer:
    """`Authorization: Bearer …` (RFC 6750)."""

    def headers(self, key: str) -> dict[str, str]:
        """The `Authorization` header."""
        return {"Authorization": f"Bearer {key}"}

    def query(self, key: str) -> dict[str, str]:
        """Nothing: the key goes into a header."""
        return {}


@frozen
class HeaderKey:
    """A header of the document's own naming."""

    name: str

    def headers(self, key: str) -> dict[str, str]:
        """The header."""
        return {self.name: key}

    def query(self, key: str) -> dict[str, str]:
        """Nothing: the key goes into a header."""
        return {}


@frozen
class QueryKey:
    """A query parameter of the document's own naming."""

    name: str

    def headers(self, key: str) -> dict[str, str]:
        """Nothing: the key goes into the query."""
        return {}

    def query(self, key: str) -> dict[str, str]:
        """The query parameter."""
        return {self.name: key}
