"""Find the images of a batch: files, folders, globs and lists.

IN the arguments of a command. OUT sources, one after the other, and a count of what was left out. NOT their content.
"""

from .arguments import Sources
from .lists import LIST_FORMATS, ListFormat

__all__ = ["LIST_FORMATS", "ListFormat", "Sources"]
