"""The responses of an operation that are files, and the functions that stream and save them."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from attrs import frozen
from openapi_python_client.parser.responses import Response
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode

from tools.generate.view import FILE
from tools.openapi.document import Node, node, texts
from tools.openapi.names import numbered


@frozen
class FileResponses:
    """The responses that are files.

    Attributes:
        statuses: The expression of their statuses in the document.
        accept: The `Accept` header of a call for a file.
        streams: The functions that stream the file, by those that return it.
        saves: The functions that save it, likewise.
    """

    statuses: PythonCode
    accept: UntrustedString
    streams: Mapping[str, str]
    saves: Mapping[str, str]


def file_responses_of(
    responses: Sequence[Response], documented: Node, functions: Sequence[str], taken: Collection[str]
) -> FileResponses | None:
    """Return the responses that are files, if some are.

    Args:
        responses: The successes.
        documented: The responses in the document, by their statuses.
        functions: The functions of the operation that return whole responses.
        taken: The names that no further function can have.
    """
    media_types = {
        status: texts(node(documented.get(status)).get(FILE))
        for status in (response.status_code.pattern for response in responses)
    }
    statuses = tuple(status for status, accepted in media_types.items() if accepted)
    if not statuses:
        return None
    return FileResponses(
        PythonCode(repr(statuses)),
        UntrustedString(", ".join(dict.fromkeys(chain(*media_types.values())))),
        {function: numbered(f"{function.removesuffix('_')}_stream", taken) for function in functions},
        {function: numbered(f"{function.removesuffix('_')}_file", taken) for function in functions},
    )
