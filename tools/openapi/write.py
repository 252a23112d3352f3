"""Write: a document as text, each field at its place, in YAML that every version of YAML reads alike."""

import re

import yaml

from tools.openapi.document import Node, node
from tools.openapi.walk import walk


def order_fields(document: Node) -> Node:
    """Order the fields of each object as OpenAPI does; names keep their order.

    Raises:
        DocumentError: What has to be an object or an array is none.
    """
    return node(walk(document, "document", (), lambda kind, value, place: value, {}))


def as_yaml(document: Node) -> str:
    """Return a document as YAML."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=118))


class _Dumper(yaml.SafeDumper):
    """Indented sequences, double quotes, no aliases, and texts of several lines as they are."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def choose_scalar_style(self) -> str:
        style = str(super().choose_scalar_style() or "")
        return '"' if style == "'" else style


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)  # pyright: ignore[reportUnknownMemberType]  # PyYAML's stubs


_Dumper.add_representer(str, _text)
# PyYAML reads YAML 1.1, in which these are texts without quotes; in YAML 1.2 they are numbers.
_Dumper.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]  # PyYAML's stubs
    "tag:yaml.org,2002:float",
    re.compile(r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+)$"),
    list("-+.0123456789"),
)
