# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""Null as a value of its own, which `None` is not: `None` means "not given"."""

from enum import Enum
from typing import Final


class NullType(Enum):
    """The type of `NULL`."""

    NULL = "NULL"

    def __repr__(self) -> str:
        return self.name


NULL: Final = NullType.NULL
"""Sent as null: for a member that the document allows to be null, and for any field in `extra_fields`."""
