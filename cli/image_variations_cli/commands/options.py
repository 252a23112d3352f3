"""The options that commands share, and what they say together."""

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer
from attrs import frozen

if TYPE_CHECKING:  # what it imports takes longer than `--help` may
    from ..rows import FieldValue

TransportName: TypeAlias = Literal["default", "aiohttp", "httpx"]
"""The transports that need no code: those of `image_variations.transports`."""


ListFormat: TypeAlias = Literal["txt", "csv", "jsonl"]
"""How a list is written."""


ExportFormat: TypeAlias = Literal["csv", "jsonl", "html"]
"""What rows are exported as."""


def _parse_rate(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)/(s|sec|second|m|min|minute|h|hour)", text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a rate; write one like 50/min, 2/s or 3000/h")
    per_minute = float(match[1]) * {"s": 60.0, "m": 1.0, "h": 1 / 60}[match[2][0]]
    if per_minute < 1:
        raise typer.BadParameter(f"{text!r} is less than one request in a minute; the least is 1/min")
    return int(per_minute)  # "at most": a fraction is dropped


def _parse_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise typer.BadParameter(f"{text!r} is not a number of seconds above 0; inf is no limit")
    return seconds


def _parse_price(text: str) -> float:
    try:
        price = float(text)
    except ValueError:
        price = math.nan
    if not 0 <= price < math.inf:
        raise typer.BadParameter(f"{text!r} is not a price; write one like 0.02, for one image")
    return price


def parse_fields(pairs: list[str]) -> "dict[str, FieldValue]":
    """Read `--field name=value` as often as it was given.

    Raises:
        typer.BadParameter: One has no name, or no value, or a name comes twice.
    """
    fields: dict[str, FieldValue] = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not (name and separator):
            raise typer.BadParameter(f"{pair!r} is not like name=value", param_hint="--field")
        if name == "image":
            raise typer.BadParameter("the image is an argument, not a field", param_hint="--field")
        if name in fields:
            raise typer.BadParameter(f"{name!r} is given twice", param_hint="--field")
        fields[name] = value
    return fields


JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON lines on standard output, and nothing else there.")]
OutputDir = Annotated[
    str,
    typer.Option(
        "--output-dir", "-o", metavar="DIR", help="Where the images and the ledger are; with --ledger, also s3://..."
    ),
]
LedgerUrl = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar="URL|FILE",
        help="A PostgreSQL database for the ledger, like postgresql://user@host/database, or a file elsewhere.",
        show_default=False,
    ),
]

BaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="The server, like https://host/v1; else OPENAI_BASE_URL. It gets the key of OPENAI_API_KEY.",
        show_default=False,
    ),
]
ApiKeyFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A file that holds the key, in place of OPENAI_API_KEY.", show_default=False),
]
Timeout = Annotated[
    float, typer.Option(metavar="SECONDS", parser=_parse_seconds, help="For a call, with all its waits; inf for none.")
]
Transport = Annotated[TransportName, typer.Option(help="What sends the requests.")]

Number = Annotated[
    int | None, typer.Option("-n", metavar="1..10", help="How many variations of each image.", show_default=False)
]
Size = Annotated[str | None, typer.Option(metavar="WxH", help="256x256, 512x512 or 1024x1024.", show_default=False)]
Model = Annotated[
    str | None, typer.Option(metavar="NAME", help="The model, if the server has several.", show_default=False)
]
User = Annotated[str | None, typer.Option(metavar="ID", help="An identifier of your end user.", show_default=False)]
ResponseFormat = Annotated[
    str | None,
    typer.Option(metavar="b64_json|url", help="How the server returns the images.", show_default=False),
]
Field = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="NAME=VALUE",
        help="A form field of the server's own, unchecked; repeatable.",
        show_default=False,
    ),
]
FitOption = Annotated[
    Literal["refuse", "pad", "crop", "stretch"],
    typer.Option("--fit", help="How another image becomes the square PNG below 4 MB that the endpoint takes."),
]
Price = Annotated[
    float | None,
    typer.Option(
        metavar="AMOUNT", parser=_parse_price, help="The price of one image: says what it costs.", show_default=False
    ),
]
Rate = Annotated[
    int | None,
    typer.Option(
        metavar="N/min", parser=_parse_rate, help="At most so many requests: 50/min, 2/s, 3000/h.", show_default=False
    ),
]
Concurrency = Annotated[int, typer.Option(min=1, metavar="N", help="How many requests may be under way at once.")]

Limit = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="Send at most so many rows now.", show_default=False)
]


@frozen
class Server:
    """Where requests go, and how."""

    base_url: str | None = None
    api_key_file: Path | None = None
    timeout: float = 600.0
    transport: TransportName = "default"


@frozen
class Fields:
    """The form fields that options name.

    Attributes:
        checked: Those of the document, which are held against its rules.
        unchecked: Those of `--field`.
    """

    checked: "dict[str, FieldValue]"
    unchecked: "dict[str, FieldValue]"

    @classmethod
    def of_options(
        cls,
        n: int | None,
        size: str | None,
        model: str | None,
        user: str | None,
        response_format: str | None,
        pairs: list[str] | None,
    ) -> "Fields":
        """Put the options of a command together.

        Raises:
            typer.BadParameter: A field is given twice, or cannot be read.
        """
        options = {"n": n, "size": size, "model": model, "user": user, "response_format": response_format}
        checked: dict[str, FieldValue] = {name: value for name, value in options.items() if value is not None}
        unchecked = parse_fields(pairs or [])
        for name in checked.keys() & unchecked.keys():
            raise typer.BadParameter(f"{name!r} has an option of its own, which is given too", param_hint="--field")
        return cls(checked, unchecked)

    @property
    def all(self) -> "dict[str, FieldValue]":
        """All of them, by their names on the wire."""
        return {**self.checked, **self.unchecked}
