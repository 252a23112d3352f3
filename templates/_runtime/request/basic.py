"""HTTP Basic (RFC 7617)."""

from base64 import b64encode

from attrs import frozen

from ..errors import ConfigurationError
from .security import SecurityScheme


@frozen
class Basic(SecurityScheme):
    """`Authorization: Basic …`. The key is a user and a password as `basic_key` writes them."""

    def headers(self, key: str, /) -> dict[str, str]:
        """Return the `Authorization` header."""
        return {"Authorization": f"Basic {key}"}


def basic_key(user: str, password: str) -> str:
    """Return a user and a password as one key.

    Raises:
        ConfigurationError: They have no form in a header. The message shows neither.
    """
    both = f"{user}:{password}"
    if ":" in user or not both.isprintable():
        raise ConfigurationError(
            "auth holds a control character, or a colon in the user, which HTTP Basic cannot carry: "
            "was it read from a file with its line end?"
        )
    return b64encode(both.encode()).decode()
