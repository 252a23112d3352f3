"""The size of the code, as `make check` says it."""

from pathlib import Path

from tools.check.lines import MAX_LINES, code_lines, describe_size, long_modules, template_lines

MODULE = '''"""A docstring,

of three lines.
"""

# a comment
import os  # and one beside code


def main(
    value: int,
) -> str:
    """Begin."""

    return """two
lines"""


LIMIT = 1
"""What a constant means."""
'''


def test_lines_of_code_are_those_with_a_token() -> None:
    """Comments, blank lines and docstrings, those of constants too, do not count; a string of two lines does."""
    assert code_lines(MODULE) == len(["import", "def", "value", "->", "return", "lines", "LIMIT"])


def test_lines_of_a_template_are_those_that_say_something() -> None:
    """Blank lines and Jinja's comments do not count."""
    assert template_lines("{# a\ncomment #}\n{% if x %}\n\nx = 1\n{% endif %}\n") == 3


def test_the_sizes_of_the_client_are_said(tmp_path: Path) -> None:
    """The sentence has the runtime, as it is written and as it arrives, the templates, and the whole client."""
    package = tmp_path / "generated" / "image_variations"
    for path, content in {
        tmp_path / "templates" / "_runtime" / "call" / "call.py": MODULE,
        tmp_path / "templates" / "_runtime" / "errors.py": "a = 1\n" * 1000,
        tmp_path / "templates" / "client.py.jinja": "{# a comment #}\n\nclass Client:\n",
        package / "_runtime" / "errors.py": "a = 1\n" * 1000,
        package / "client.py": "class Client: ...\n",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    assert describe_size(tmp_path) == (
        "code lines: 1,007 in templates/_runtime, 1,000 of them in the client; "
        "1 in templates/*.jinja; 1,001 in the client as a whole"
    )


def test_a_long_module_is_named(tmp_path: Path) -> None:
    """A module with more lines than one may have is a problem; one with as many is none."""
    (tmp_path / "long.py").write_text("\n" * (MAX_LINES + 1))
    (tmp_path / "short.py").write_text("\n" * MAX_LINES)
    assert long_modules(sorted(tmp_path.iterdir())) == [
        f"{tmp_path / 'long.py'}: has {MAX_LINES + 1} lines, and a module may have {MAX_LINES}; split it"
    ]
