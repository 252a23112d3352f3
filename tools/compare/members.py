"""The members of an object as attributes of its class."""

from tools.compare.branches import Branch
from tools.compare.naming import attribute_names
from tools.compare.operations import Keyword
from tools.compare.shapes import Shapes


def members_of(branch: Branch) -> list[Keyword]:
    """Return the members of an object, by the names of the attributes that they become."""
    names = attribute_names(branch.fields)
    return [
        Keyword(attribute, "body", name, site, is_required=name in branch.required, is_json=True)
        for (name, site), attribute in zip(branch.fields.items(), names, strict=True)
    ]


def sent_members(shapes: Shapes, branch: Branch) -> list[Keyword]:
    """Return the members of an object that a request may have: not those that only a server sets."""
    return [member for member in members_of(branch) if not shapes.of(member.site).is_read_only]


def read_members(shapes: Shapes, branch: Branch) -> list[Keyword]:
    """Return the members of an object that a response may have: not those that are only sent."""
    return [member for member in members_of(branch) if not shapes.of(member.site).is_write_only]
