"""How a key is shown to the server."""

from attrs import frozen


class SecurityScheme:
    """One way to show a key to the server: nothing, until a scheme says more."""

    def headers(self, key: str, /) -> dict[str, str]:
        """Return the headers that carry the key."""
        return {}

    def query(self, key: str, /) -> dict[str, str]:
        """Return the query parameters that carry the key."""
        return {}


@frozen
class Bearer(SecurityScheme):
    """`Authorization: Bearer …` (RFC 6750)."""

    def headers(self, key: str, /) -> dict[str, str]:
        """Return the `Authorization` header."""
        return {"Authorization": f"Bearer {key}"}
