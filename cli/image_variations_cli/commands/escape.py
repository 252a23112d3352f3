"""Names and messages as a terminal may see them: in one line, and without anything that it would obey."""


def escape(text: str) -> str:
    r"""Return a text whose control characters, line breaks and lone surrogates are escapes, such as `\n` or `\x1b`."""
    return text if text.isprintable() else "".join(map(_escape_character, text))


def _escape_character(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
