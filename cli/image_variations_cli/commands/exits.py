"""Exit statuses, and from an error to its status and its one line."""

from image_variations.errors import (
    AuthenticationError,
    ConnectionFailedError,
    ImageVariationsError,
    InvalidRequestError,
    NotFoundError,
    QuotaExceededError,
)
from typer import TyperException

from ..errors import BatchError, DifferentOptionsError, LedgerFullError
from ..rows import Counts
from .output import Failure

OK = 0
FAILED = 1
USAGE = 2
ROWS_FAILED = 3
ROWS_UNKNOWN = 4
INTERRUPTED = 130

_ADVICE: tuple[tuple[type[ImageVariationsError], str], ...] = (
    (AuthenticationError, "set OPENAI_API_KEY to a key of this server, or pass --api-key-file"),
    (QuotaExceededError, "raise the quota, or use another key or --base-url"),
    (NotFoundError, "see whether --base-url is right: image-variations doctor"),
    (ConnectionFailedError, "see what is wrong with: image-variations doctor"),
)


COSTS = {"no": "nothing was billed", "unknown": "it may have been billed", "yes": "it was billed"}
"""What an error's `billed` means, in words."""


def status_of(counts: Counts) -> int:
    """Return the exit status that a ledger's counts give."""
    if counts.failed:
        return ROWS_FAILED
    return ROWS_UNKNOWN if counts.unknown else OK


def describe(error: BaseException) -> Failure:
    """Say what an error means for the command that it ends."""
    kind = type(error).__name__
    match error:
        case TyperException():
            return Failure(error.exit_code, error.format_message(), kind)
        case KeyboardInterrupt():
            return Failure(INTERRUPTED, "interrupted", kind)
        case DifferentOptionsError():
            return Failure(error.exit_status, f"{_option(error.option)} differs: {error}", kind)
        case LedgerFullError():
            return Failure(
                error.exit_status,
                f"{error}; free some space there, or let it be written to, and run the same command again",
                kind,
            )
        case BatchError():
            return Failure(error.exit_status, str(error), kind)
        case InvalidRequestError():
            return _describe_refusal(error)
        case ImageVariationsError():
            status = ROWS_UNKNOWN if error.billed == "unknown" else FAILED
            return Failure(status, _with_advice(error), kind, error.billed)
        case OSError():
            place = f"{error.filename}: " if error.filename else ""
            return Failure(FAILED, f"{place}{error.strerror or error}", kind)
        case MemoryError():
            return Failure(FAILED, "there is not enough memory; lower --concurrency", kind)
        case _:
            return Failure(FAILED, f"unexpected {kind}: {error}; please report this fault of the command", kind)


def _describe_refusal(error: InvalidRequestError) -> Failure:
    if error.field == "image":
        advice = "; --fit pad, crop or stretch makes a square PNG of it"
        return Failure(FAILED, f"{error}{advice}", "InvalidRequestError", "no")
    advice = f"a value of the server's own goes unchecked with --field {error.field}=VALUE"
    return Failure(
        USAGE, f"{_option(error.field)} {error.rule}, not {error.value!r}; {advice}", "InvalidRequestError", "no"
    )


def _with_advice(error: ImageVariationsError) -> str:
    advice = "".join(f"; {words}" for kind, words in _ADVICE if isinstance(error, kind))
    return f"{error} ({COSTS[error.billed]}){advice}"


def _option(field: str) -> str:
    """Return the option that sets a field."""
    return "-n" if field == "n" else f"--{field.replace('_', '-')}"
