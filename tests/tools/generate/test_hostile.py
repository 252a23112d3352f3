"""Documents that attack the code made of them: what they say stays text, and nothing of it runs."""

import ast
import builtins
import json
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.generation import importable
from tests.support.kinds import pinned
from tests.support.sampling import sampled
from tools.generate.generate import generate
from tools.openapi.document import DocumentError

RUN = "__import__('builtins').__dict__.update(attacked=1)"
"""What each text has run if any of it is code."""

SAMPLE: Sequence[str] = (
    f'"""\n{RUN}\n"""',
    f"'\n{RUN}\n#",
    f"{{{{ {RUN} }}}}{{% set a = {RUN} %}}{{# no #}}",
    f"\u202e{RUN}\u202c\u2066\u2069\ufeff\u200b\x00\x07\x1b[31m",
    "../../../outside",
)
"""Out of a docstring, out of a string, into the template, into a terminal, and out of the folder."""

HOSTILE: Sequence[str] = (
    *SAMPLE,
    f"'''\n{RUN}\n'''",
    f'"\n{RUN}\n"',
    f'\\"\\"\\"\n{RUN}\n\\',
    f'" + {RUN} + "',
    f"' + {RUN} + '",
    f"{{{RUN}}}",
    f"f'{{{RUN}}}'",
    f"\\N{{BULLET}}\\x41\\u0041\\\n{RUN}",
    f"\r{RUN}\x0b\x0c\x1c\x85\u2028\u2029{RUN}",
    f"# type: ignore\n{RUN}\n# -*- coding: utf-7 -*-",
    f"); {RUN}; (",
    f"*/ {RUN} /*",
    "\\",
    '"',
    '""""""',
    " ",
    "__init__",
    "a" * 5000,
    "%s%(a)s$a`a`",
    "\U0001f9a6é" * 20,
)

_NO_SCOPES: list[str] = []
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def attacking(text: str) -> str:
    """A document that says a text wherever it says one."""
    name = "".join(character for character in text if character not in "{}/#?[]:") or "none"
    schema = {
        "type": "object",
        "title": text,
        "description": text,
        "required": [name],
        "properties": {
            name: {"type": "string", "description": text, "default": text, "example": text},
            "kind": {"type": "string", "enum": [text, "other"], "description": text, "x-note": text},
            "fixed": {"const": text, "description": text},
            "listed": {"type": "array", "items": {"type": "string", "pattern": text}},
            "form": {"type": "string", "format": text, "contentMediaType": text},
        },
    }
    operation = {
        "operationId": text,
        "summary": text,
        "description": text,
        "tags": [text],
        "parameters": [
            {"name": name, "in": "query", "description": text, "schema": {"type": "string", "default": text}},
            {"name": name, "in": "path", "required": True, "description": text, "schema": {"enum": [text]}},
        ],
        "requestBody": {
            "required": True,
            "description": text,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
        },
        "responses": {
            "200": {
                "description": text,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
            },
            "404": {"description": text},
        },
        "security": [{"Key": _NO_SCOPES}],
    }
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": text, "version": text, "description": text, "license": {"name": text}},
            "servers": [{"url": "https://hostile.example", "description": text}],
            "tags": [{"name": text, "description": text}],
            "paths": {f"/{name}/{{{name}}}": {"post": operation}},
            "components": {
                "schemas": {"Thing": schema},
                "securitySchemes": {"Key": {"type": "apiKey", "in": "query", "name": text}},
            },
        }
    )


def _names(tree: ast.Module) -> Iterator[str]:
    for part in ast.walk(tree):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr


@pytest.mark.parametrize("text", sampled(HOSTILE, *SAMPLE), ids=[repr(text[:20]) for text in HOSTILE])
def test_a_hostile_text_stays_text(text: str, tmp_path: Path) -> None:
    """It makes a package that is Python, looks like what it is, and runs nothing; or one line, and no file."""
    spec = tmp_path / "hostile.yaml"
    try:
        spec.write_text(pinned(attacking(text)).text, encoding="utf-8")
        generate(spec, tmp_path / "hostile")
    except DocumentError:
        assert not (tmp_path / "hostile").exists()
        return
    for module in (tmp_path / "hostile").rglob("*.py*"):
        source = module.read_text(encoding="utf-8")
        assert {"__import__", "attacked"}.isdisjoint(_names(ast.parse(source))), module
        turning = [c for c in source if c != "\n" and (unicodedata.category(c) in ("Cc", "Cs") or _turns(c))]
        assert turning == [], module
    with importable(tmp_path, "hostile") as package:
        for name in package.__all__:
            getattr(package, name)
    assert not hasattr(builtins, "attacked")
    assert not list(tmp_path.parent.glob("outside*"))


def _turns(character: str) -> bool:
    return unicodedata.bidirectional(character) in _TURNS
