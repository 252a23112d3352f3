"""The names that generated code gives to what the document names."""

import builtins
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import chain, count
from keyword import iskeyword
from unicodedata import normalize

from openapi_python_client.config import Config
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonIdentifier

from tools.openapi.document import DocumentError
from tools.openapi.media import Kind, kind_of

OPTIONS = (
    *("client", "extra_fields", "extra_headers", "extra_query"),
    *("idempotency_key", "max_retries", "retry_unknown", "timeout"),
    *("directory", "overwrite", "stem"),
)
"""The keywords of calls that are not the document's.

All are reserved in every call, whether it has them or not: a keyword must not change its
name when an option is added.
"""

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))

_LONGEST_NAME = 240
"""The number of bytes of a name: that of a file has 255 at most, with what is appended to it."""

_USED_BY_CALLS = frozenset({"as_list", "response", "unless_empty"})
"""Names in the code of a call: a keyword with such a name would hide it."""

_USED_BY_MODELS = frozenset(
    (
        *("additional_properties", "from_dict", "l", "self", "to_dict"),
        *("bool", "bytes", "classmethod", "date", "datetime", "dict", "field", "float"),
        *("int", "list", "object", "str"),
        *("array_rules", "image_rules", "nested_rules", "number_rules", "rules", "string_rules"),
    )
)
"""Names in the body of a model's class: an attribute with such a name would hide it. And `l`, which reads as 1."""


def identifier(name: UntrustedString, config: Config) -> str:
    """Return the attribute and keyword for a name of the document.

    The generator's own choice avoids every builtin; only what would clash is avoided here.
    """
    # Python reads identifiers in this form (PEP 3131): two names that it takes for one have to be one here.
    chosen = normalize("NFKC", PythonIdentifier(name, config.field_prefix))
    plain = chosen.removesuffix("_")
    if iskeyword(plain) or plain in _USED_BY_MODELS:
        return f"{plain}_"
    return plain if plain.isidentifier() else chosen


def identifiers(names: Iterable[UntrustedString], config: Config) -> list[str]:
    """Return the attributes for the names of one model; if two would be the same, the later one gets a number."""
    found: list[str] = []
    for name in names:
        first = identifier(name, config)
        number = 2
        chosen = first
        while chosen in found:
            chosen = f"{first.removesuffix('_')}_{number}"
            number += 1
        found.append(chosen)
    return found


_SUFFIXES = {Kind.JSON: "json", Kind.MULTIPART: "multipart", Kind.FORM: "form", Kind.BINARY: "file", Kind.TEXT: "text"}


def function_of(name: str, media_type: str | None, taken: Collection[str], config: Config) -> str:
    """Return the function of an operation for one kind of body.

    The first kind has the operation's own name; each further one says its kind.
    """
    if not taken or media_type is None:
        return name
    stem = name.removesuffix("_")
    # A second kind of JSON says which it is, and what it is if the parameters alone tell them apart.
    subtype = PythonIdentifier(re.sub(r"[^\w.-]", "_", media_type.partition("/")[2]), config.field_prefix)
    function = f"{stem}_{_SUFFIXES.get(kind_of(media_type), 'body')}"
    numbers = (f"{function}_{number}" for number in count(2))
    return next(found for found in chain([function, f"{stem}_{subtype}"], numbers) if found not in taken)


def numbered(name: str, taken: Collection[str]) -> str:
    """Return a name, with a number if it is taken."""
    return next(found for found in chain([name], (f"{name}_{number}" for number in count(2))) if found not in taken)


def local_name(attribute: str) -> str:
    """Return the variable that holds an attribute's value while its model is made."""
    is_taken = (
        attribute in BUILTINS
        or attribute in ("as_list", "cls", "given", "models", "source", "unread")
        or attribute[:5] == "read_"
    )
    return f"{attribute}_" if is_taken else attribute


def check_names(classes: Collection[str], functions: Sequence[str], taken: Collection[str]) -> None:
    """Refuse names that stand for two things in the package.

    Args:
        classes: The names of the models and aliases.
        functions: The names of the operations' functions.
        taken: The names of what the package has beside them.

    Raises:
        DocumentError: A name is taken.
    """
    for name in classes:
        if name in taken:
            raise DocumentError(
                f"schemas: {name} is a name of the client's own; give the schema another with class_overrides"
            )
    for name in _repeated([*functions, *classes]):
        raise DocumentError(f"operations: more than one operationId becomes the function {name}")
    for name in functions:
        if name in taken:
            raise DocumentError(f"operations: the operationId {name} is a name of the client's own")


def check_written(names: Iterable[str]) -> None:
    """Refuse names that Python would read as others (PEP 3131), and so look for in other modules.

    Raises:
        DocumentError: One is such.
    """
    for name in names:
        if len(name.encode()) > _LONGEST_NAME:
            raise DocumentError(f"names: {name[:60]}... is too long for the name of a file; give what it names another")
        if not name.isidentifier() or normalize("NFKC", name) != name:
            raise DocumentError(f"names: {name!r} cannot be one in Python; give what it names another")


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


class Keywords:
    """The keywords of one call: each name once, and none that is an option's."""

    def __init__(self) -> None:
        self._taken = {*OPTIONS, *_USED_BY_CALLS}

    def take(self, name: str, location: str) -> str:
        """Take a name, with its location appended if it is taken, and a number if that is taken too."""
        placed = f"{name.removesuffix('_')}_{location}"
        numbered = (f"{placed}_{number}" for number in count(2))
        keyword = next(keyword for keyword in chain([name, placed], numbered) if keyword not in self._taken)
        self._taken.add(keyword)
        return keyword
