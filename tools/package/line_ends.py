"""Line ends, which git rewrites in a checkout with `core.autocrlf`: other ones are no edit."""

from tools.package.manifest import sha256


def original(content: bytes, digest: str) -> bytes | None:
    """Return the content that has a SHA-256, or None if more than line ends differ from it."""
    plain = unix_lines(content)
    spellings = (content, plain, plain.replace(b"\n", b"\r\n"))
    return next((spelling for spelling in spellings if sha256(spelling) == digest), None)


def unix_lines(content: bytes) -> bytes:
    """Return the content with LF at the end of each line."""
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def without_rewriting(edited: bytes, before: bytes | None) -> bytes:
    """Return an edited file with LF again, if every line has come to end with CRLF."""
    if before is None or b"\r" in before:
        return edited
    is_rewritten = edited.count(b"\n") == edited.count(b"\r\n") == edited.count(b"\r")
    return unix_lines(edited) if is_rewritten else edited
