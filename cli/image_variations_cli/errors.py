"""The errors that end a command, each a line that says what happened and what to do next."""


class BatchError(Exception):
    """The command could not do its work. Exit status 1."""

    exit_status = 1


class UsageError(BatchError):
    """The command was called wrongly. Exit status 2."""

    exit_status = 2


class LedgerLockedError(BatchError):
    """Another process holds the ledger. Exit status 11."""

    exit_status = 11


class ImageRefusedError(BatchError):
    """An image that cannot become what the endpoint takes. Its row fails; the batch goes on."""
