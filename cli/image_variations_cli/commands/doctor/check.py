"""What is said of one thing that was looked at."""

from typing import Literal, TypeAlias

from attrs import frozen

Result: TypeAlias = Literal["ok", "warning", "failed", "skipped"]


@frozen
class Check:
    """One thing that was looked at, and what to do if it is not as it should be."""

    name: str
    result: Result
    message: str
