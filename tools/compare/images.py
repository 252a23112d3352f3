"""The images of an operation's response, and those of its events."""

from tools.compare.contract import Contract
from tools.compare.events import values_of
from tools.compare.operations import Call, Operation
from tools.compare.usable import usable_members

_NUMBER = "partial_image_index"
"""The member that numbers partial images."""


def payload_of(contract: Contract, operation: Operation) -> str | None:
    """Return the member that holds an image in base64, if the client can fetch, save and stream images.

    That is so if its only response says which of its items' members is base64 and which is a link.
    """
    sites = [response.site for response in operation.responses.values() if response.site is not None]
    branches = [branch for site in sites for branch in contract.shapes.of(site).branches]
    if len(operation.responses) != 1 or len(branches) != 1:
        return None
    named = usable_members(branches[0].usable)
    items = branches[0].fields.get(named.items) if named else None
    lists = contract.shapes.of(items).branches if items else ()
    inner = contract.shapes.of(lists[0].items).branches if len(lists) == 1 and lists[0].items else ()
    members = [
        (name, site) for branch in inner for name, site in branch.fields.items() if named and name in named.any_of
    ]
    rules = [(name, found.rules) for name, site in members for found in contract.shapes.of(site).branches]
    payloads = [name for name, rule in rules if rule.get("contentEncoding") == "base64"]
    return payloads[0] if payloads and any(rule.get("format") == "uri" for _, rule in rules) else None


def has_partial_images(contract: Contract, operation: Operation) -> bool:
    """Return whether the client can stream and save the partial images of an operation's events."""
    payload = payload_of(contract, operation)
    if payload is None or operation.events is None or any(call.body is None for call in operation.calls):
        return False
    classes = [branch for branch in contract.shapes.of(operation.events).branches if payload in branch.fields]
    values = [values_of(contract.shapes, branch) for branch in classes]
    members = {member for found in values for member in found}
    is_told = any(all(member in found for found in values) for member in members)
    return is_told and any(_NUMBER in branch.fields for branch in classes)


def partial_option(call: Call) -> str:
    """Return the option of a call's functions that stream and save images which takes partial ones too."""
    taken, name = {keyword.keyword for keyword in call.keywords}, "partial"
    while name in taken:
        name += "_"
    return name
