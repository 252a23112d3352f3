"""The errors that end a command, each a line that says what happened and what to do next."""


class BatchError(Exception):
    """The command could not do its work. Exit status 1."""

    exit_status = 1


class LedgerError(BatchError):
    """The ledger cannot be opened, read or written."""


class LedgerFullError(LedgerError):
    """The disk of the ledger takes no more. What was to be written can be written later."""


class LedgerAwayError(LedgerError):
    """The server of the ledger cannot be reached, or takes nothing now. What was to be written can be written later."""


class UsageError(BatchError):
    """An option or argument that cannot be understood. Exit status 2."""

    exit_status = 2


class LeaseLostError(LedgerError):
    """This process did not come to the ledger for so long that others went on without it."""


class LedgerLockedError(LedgerError):
    """Another program holds the ledger, and does not share it. Exit status 11."""

    exit_status = 11


class ImageRefusedError(BatchError):
    """An image that cannot become what the endpoint takes. Its row fails; the batch goes on."""


class DifferentOptionsError(BatchError):
    """The ledger knows the same images with other fields, or another fit.

    Attributes:
        option: The field that differs, or `fit`.
    """

    def __init__(self, message: str, option: str) -> None:
        super().__init__(message)
        self.option = option
