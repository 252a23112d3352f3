"""What was found beside the sources."""

from attrs import define


@define
class LeftOut:
    """How many entries of folders, and matches of globs, are no sources of a batch."""

    others: int = 0
    """Files without an image's extension."""
    repeated: int = 0
    """Files and folders that another argument, or a link, had led to before."""
    outputs: int = 0
    """Output directories, of this batch and of others."""

    def __str__(self) -> str:
        """Return the counts in words; an empty string if nothing was left out."""
        counts = {
            "without an image's extension": self.others,
            "given more than once": self.repeated,
            "with the output of a batch": self.outputs,
        }
        return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
