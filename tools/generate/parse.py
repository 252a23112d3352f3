"""Parse: a document as the objects of openapi-python-client."""

import re
from collections import Counter
from collections.abc import Mapping

from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError, ParseError
from openapi_python_client.schema import OpenAPI, Reference
from pydantic import ValidationError

from tools.generate.circles import allof_circle, describe_circle
from tools.generate.distinct import restore_names, with_distinct_names
from tools.generate.titles import with_distinct_classes
from tools.openapi.document import DocumentError, Node, node
from tools.openapi.select import drop_unused_components
from tools.openapi.variants import name_of

_SCHEMA = re.compile(r"Unable to (?:process|parse) schema /(components/schemas/[^:\s]+):? ")
_MOVE = "an overlay can move what is within it to components/schemas, and refer to it there"
_UNION = "a union cannot hold itself, nor what is not supported"


def parse(document: Node, config: Config, notes: list[str]) -> GeneratorData:
    """Parse a document.

    Args:
        document: The view of the document.
        config: The generator's settings.
        notes: Gets a line if schemas that no call needs are left out, because one of them cannot be read.

    Raises:
        DocumentError: It is not an OpenAPI document, or the generator would leave out a part of it that a call needs.
    """
    try:
        return _whole(document, config)
    except DocumentError as refusal:
        lean = drop_unused_components(document)
        unused = sorted(_schemas_of(document) - _schemas_of(lean))
        if not unused:
            raise
        openapi = _whole(lean, config)
        notes.append(f"{refusal}; what no request and no success has is left out: {', '.join(unused)}")
        return openapi


def _schemas_of(document: Node) -> set[str]:
    return {*node(node(document.get("components")).get("schemas"))}


def _whole(document: Node, config: Config) -> GeneratorData:
    _check_structure(document)
    openapi, problems = _parse(document, config)
    originals: Mapping[str, str] = {}
    if problems and (circle := allof_circle(document)):
        raise DocumentError(f"components/schemas/{circle[0]}: {describe_circle(circle)}")
    if problems:  # only then, for a name with a number is another name
        document, originals = with_distinct_names(document, config)
        openapi, problems = _parse(with_distinct_classes(document, config), config)
    if openapi is None or problems:
        raise refuse(next((found for found in problems if _part_of(found) is None), problems[0]))
    restore_names(openapi, originals)
    return openapi


def _parse(document: Node, config: Config) -> tuple[GeneratorData | None, list[GeneratorError]]:
    """Return what the library understands, and its complaints."""
    openapi = GeneratorData.from_dict(dict(document), config=config)
    if isinstance(openapi, GeneratorError):
        return None, [openapi]
    # The library leaves out what it does not understand; here that is a failure.
    problems: list[GeneratorError] = [*openapi.errors]
    for collection in openapi.endpoint_collections_by_tag.values():
        problems += collection.parse_errors
    modules = Counter(str(found.class_info.module_name) for found in (*openapi.models, *openapi.enums))
    problems += [
        GeneratorError(header=f"schemas: the module of more than one of them would be models/{module}.py")
        for module, times in modules.items()
        if times > 1
    ]
    return openapi, problems


def _check_structure(document: Node) -> None:
    """Refuse what is not an OpenAPI document by its first mistake: the generator lists them all at length."""
    try:
        OpenAPI.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = "/".join(str(step) for step in first["loc"] if step not in ("ref", "other"))
        raise DocumentError(f"{place}: {first['msg']}") from error


def refuse(error: GeneratorError) -> DocumentError:
    """Make one line of an error of the generator, without its own objects and its advice."""
    text = re.sub(r"<openapi_python_client\.\S+ object at \w+>", "this", f"{error.header} {error.detail or ''}")
    text = text.partition("Failure to process schema")[0].removeprefix("WARNING parsing ")
    text = text.replace(" Unable to parse this part of your OpenAPI document: ", "").replace(" | Unset", "")
    text = text.replace("Invalid property in union this", _UNION)
    text = text.replace("Properties this and this have", "two properties have")
    text = re.sub(r" within \S+\.( Endpoint will not be generated\.)?", ":", text)
    text = " ".join(text.split()).rstrip(":")
    return DocumentError(_with_advice(text, _part_of(error)))


def _part_of(error: GeneratorError) -> str | None:
    """Return the schema that an `allOf` waited for in vain, if that is the error: it follows from another one."""
    if not isinstance(error, ParseError) or "in allOf was not processed" not in f"{error.detail}":
        return None
    return name_of(error.data.ref.get_untrusted_value()) if isinstance(error.data, Reference) else "another schema"


def _with_advice(text: str, part: str | None) -> str:
    """Name the place of an error in a named schema, and say what to do; `part` is what an `allOf` waited for."""
    schema = _SCHEMA.match(text)
    if schema is None:
        return text
    reason = text[schema.end() :] if part is None else f"an allOf within it needs {part}, which cannot be read first"
    is_movable = part is not None or _UNION in reason
    return f"{schema[1]}: {reason}; {_MOVE if is_movable else 'an overlay can change it'}"
