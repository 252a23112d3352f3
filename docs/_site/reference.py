"""Public names: where they are shown, whether all are, and where those of other libraries are described."""

import importlib
import inspect
import re
from functools import cached_property
from types import FunctionType

import attrs
import image_variations
from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python import PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

_log = logging.getLogger(__name__)

PACKAGES = ("image_variations", "image_variations.testing", "image_variations.transports", "image_variations_cli")

_MODELS = "_models."
"""What a model puts before the name of another."""
_REFERENCE = re.compile(r"\[[^\[\]]+\]\[[^\[\]]*\]")
"""A link of Markdown to a target that the page names elsewhere."""

_ALIASES = ("FileInput", "FileContent")

_STANDARD = frozenset({"asyncio", "collections", "contextlib", "datetime", "logging", "os", "pathlib", "ssl", "types"})
"""Modules of Python whose documentation has the page `library/<module>.html`."""
_ELSEWHERE = {
    "httpx.AsyncBaseTransport": "https://www.python-httpx.org/advanced/transports/#custom-transports",
    "httpx.AsyncClient": "https://www.python-httpx.org/api/#asyncclient",
    "httpx.AsyncHTTPTransport": "https://www.python-httpx.org/advanced/transports/#http-transport",
    "httpx.Headers": "https://www.python-httpx.org/api/#headers",
    "httpx.TransportError": "https://www.python-httpx.org/exceptions/",
    "httpx.Proxy": "https://www.python-httpx.org/api/#proxy",
    "httpx.URL": "https://www.python-httpx.org/api/#url",
}
"""Names of httpx, and where it describes them."""


def public_names() -> list[str]:
    """Return the public names of the packages, each with its package in front."""
    return [f"{package}.{name}" for package in PACKAGES for name in importlib.import_module(package).__all__]


def name_publicly() -> None:
    """Have types and functions say that they come from where they are exported, so that links find them."""
    for path in public_names():
        package, _, name = path.rpartition(".")
        value = getattr(importlib.import_module(package), name)
        if isinstance(value, type | FunctionType) and value.__module__.startswith(
            ("image_variations.", "image_variations_cli.")
        ):
            value.__module__ = package
        for annotated in (value, getattr(value, "__init__", None)):
            _name_aliases(getattr(annotated, "__annotations__", {}))


def _name_aliases(annotations: dict[str, object]) -> None:
    """Have annotations say `FileInput`, where Python says only what that stands for."""
    for name, annotation in annotations.items():
        for alias in _ALIASES:
            if annotation == getattr(image_variations, alias):
                annotations[name] = alias


def complain_of_missing(_app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of each public name that no page of the reference describes."""
    domain = env.domains["py"]
    assert isinstance(domain, PythonDomain)  # noqa: S101  # for type checkers: Sphinx's own domain
    described = {name for name, *_ in domain.get_objects()}
    for path in public_names():
        if path not in described:
            _log.warning("%s is public, and no page of the reference describes it", path)


def complain_of_silent_members(_app: Sphinx, _env: BuildEnvironment) -> None:
    """Warn of each method and property of a public class without a docstring, which autodoc would leave out.

    So does a list of attributes that has not all of them.
    """
    for path in public_names():
        package, _, name = path.rpartition(".")
        kind = getattr(importlib.import_module(package), name)
        bases = [base for base in getattr(kind, "__mro__", ()) if base.__module__.partition(".")[0] in PACKAGES]
        for member in sorted({member for base in bases for member in vars(base) if not member.startswith("_")}):
            found = inspect.getattr_static(kind, member)
            is_described = isinstance(found, FunctionType | property | classmethod | staticmethod | cached_property)
            if is_described and not inspect.getdoc(getattr(kind, member)):
                _log.warning("%s.%s needs a docstring", path, member)
        described = "\n".join(inspect.getdoc(base) or "" for base in bases)
        for attribute in attrs.fields(kind) if attrs.has(kind) and "\nAttributes:" in described else ():
            if not attribute.name.startswith("_") and not re.search(rf"^ +{attribute.name}:", described, re.MULTILINE):
                _log.warning("%s.%s is not among the attributes of its docstring", path, attribute.name)


def complain_of_unseen_links(_app: Sphinx, document: nodes.document) -> None:
    """Warn of links that Sphinx does not check: those in HTML, and those that are taken for text."""
    for node in document.findall(nodes.raw):
        if "href=" in node.astext():
            _log.warning("a link in HTML leads anywhere: write it in Markdown", location=node)
    for text in document.findall(nodes.Text):
        if not isinstance(text.parent, nodes.literal | nodes.literal_block | nodes.raw | nodes.comment) and (
            found := _REFERENCE.search(text.astext())
        ):
            _log.warning("%s has no target", found[0], location=text.parent)


def complain_of_silence(_app: Sphinx, what: str, name: str, _value: object, _options: object, lines: list[str]) -> None:
    """Warn of a name of the reference that has no docstring."""
    if what != "module" and not name.endswith(("__init__", "__new__")) and not any(line.strip() for line in lines):
        _log.warning("%s needs a docstring", name)


def resolve_external(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Link a name that no page has: of another library, or of a model as another model refers to it."""
    target = str(node["reftarget"])
    if target.startswith(_MODELS):
        return _link_to_model(app, env, node, target.removeprefix(_MODELS))
    module = target.rpartition(".")[0]
    if module.partition(".")[0] in _STANDARD:
        address = f"https://docs.python.org/3/library/{module}.html#{target}"
    elif target in _ELSEWHERE:
        address = _ELSEWHERE[target]
    else:
        return None
    return nodes.reference("", "", content, internal=False, refuri=address, reftitle=target)


def _link_to_model(app: Sphinx, env: BuildEnvironment, node: pending_xref, name: str) -> nodes.reference | None:
    found = env.domains["py"].resolve_xref(
        env, str(node["refdoc"]), app.builder, "class", f"image_variations.{name}", node, nodes.literal("", name)
    )
    return found if isinstance(found, nodes.reference) else None
