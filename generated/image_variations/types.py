"""The types of arguments and answers that belong to no schema."""

from ._runtime.files import File, FileContent, FileInput

__all__ = ["File", "FileContent", "FileInput"]
