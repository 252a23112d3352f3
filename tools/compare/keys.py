"""Differences between the keys that two versions of an operation ask for."""

from tools.compare.changes import quoted_list
from tools.compare.findings import Findings, Subject
from tools.compare.operations import Operation


def compare_security(found: Findings, subject: Subject, old: Operation, new: Operation) -> None:
    """Compare the security of two operations."""
    before, now = old.security, new.security
    if before.used != now.used:
        kind = "added" if before.used is None else "removed" if now.used is None else "scheme"
        found.add(f"security.{kind}", subject, before.used, now.used)
    elif before.used is not None and before.is_optional != now.is_optional:
        found.add(
            f"security.{'optional' if now.is_optional else 'required'}", subject, before.is_optional, now.is_optional
        )
    for kind, names in (("added", now.further - before.further), ("removed", before.further - now.further)):
        if names:
            values = sorted(before.further), sorted(now.further)
            found.add(f"security.further.{kind}", subject, *values, names=quoted_list(sorted(names)))
    chosen = {before.used, now.used}
    for text in sorted(now.alternatives - before.alternatives - chosen):
        found.add("security.alternative.added", subject, None, text)
    for text in sorted(before.alternatives - now.alternatives - chosen):
        found.add("security.alternative.removed", subject, text, None)
    if before.used == now.used:
        scopes = sorted(before.scopes), sorted(now.scopes)
        for kind, names in (("added", now.scopes - before.scopes), ("removed", before.scopes - now.scopes)):
            if names:
                found.add(f"security.scope.{kind}", subject, *scopes, names=quoted_list(sorted(names)))
