"""What a client calls itself: in `User-Agent`, in the environment, and by the class that its errors have in common."""

import builtins
import re
from functools import cache
from keyword import iskeyword

from attrs import frozen
from openapi_python_client.schema import UntrustedString

from tools.openapi.document import DocumentError
from tools.openapi.settings import Settings
from tools.paths import TEMPLATES

BASE_ERROR = "BaseError"
"""What `templates/_runtime/` calls the class that every error is derived from."""

_WORD = re.compile(r"[A-Za-z0-9]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A product or a version in `User-Agent` (RFC 9110, section 5.6.2)."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@frozen
class Identity:
    """The names that a client has for itself.

    Attributes:
        product: Its name in `User-Agent`.
        version: Its version.
        base_error: The class that every error is derived from.
        environment: What the names of its environment variables begin with.
        retired: Why the document's server no longer has the operations, if it does not.
    """

    product: str
    version: str
    base_error: str
    environment: str
    retired: UntrustedString | None

    @property
    def fixture(self) -> str:
        """The fixture of pytest that is a server."""
        return "_".join([*_WORD.findall(self.product.lower()), "server"])


def identity_of(settings: Settings, package: str) -> Identity:
    """Return the names that the settings give, and for those that they do not give the ones of the package.

    Raises:
        DocumentError: A name of the settings cannot be used.
    """
    words = _WORD.findall(package) or ["client"]
    if words[0][0].isdigit():
        words.insert(0, "client")
    return Identity(
        product=_checked("project_name_override", settings.generator.project_name_override or "-".join(words), _TOKEN),
        version=_checked("package_version_override", settings.generator.package_version_override or "", _TOKEN),
        base_error=_base_error(settings.base_error, words),
        environment=_checked("environment", settings.environment or "_".join(words).upper(), _VARIABLE),
        retired=UntrustedString(settings.retired) if settings.retired else None,
    )


def _checked(name: str, value: str, pattern: re.Pattern[str]) -> str:
    if not pattern.fullmatch(value):
        raise DocumentError(f"{name}: {value!r} has to match {pattern.pattern}")
    return value


def _base_error(chosen: str | None, words: list[str]) -> str:
    if chosen is not None:
        if not _VARIABLE.fullmatch(chosen) or iskeyword(chosen) or _is_taken(chosen):
            raise DocumentError(f"base_error: {chosen!r} has to be a name that neither Python nor the client has")
        return chosen
    stem = "".join(f"{word[0].upper()}{word[1:]}" for word in words)
    return next(name for name in (f"{stem}Error", f"{stem}ClientError") if not _is_taken(name))


def _is_taken(name: str) -> bool:
    return name != BASE_ERROR and (hasattr(builtins, name) or name in _words_of_runtime())


@cache
def _words_of_runtime() -> frozenset[str]:
    modules = (TEMPLATES / "_runtime").rglob("*.py")
    return frozenset(word for module in modules for word in re.findall(r"\w+", module.read_text(encoding="utf-8")))
