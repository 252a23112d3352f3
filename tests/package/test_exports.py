"""What the root package exports: exactly this, and only when it is asked for."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast, get_args, get_origin, get_type_hints

import image_variations
import pytest
from image_variations import testing

EXPORTED = [
    "PIN",
    "Attempt",
    "AuthenticationError",
    "BadRequestError",
    "CallTimeoutError",
    "Client",
    "ClientStateError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionFailedError",
    "ConnectionLostError",
    "CreateImageVariationRequest",
    "CreateImageVariationRequestModel",
    "CreateImageVariationRequestResponseFormat",
    "CreateImageVariationRequestSize",
    "Error",
    "ErrorResponse",
    "File",
    "FileContent",
    "FileInput",
    "GatewayError",
    "Image",
    "ImageGenInputUsageDetails",
    "ImageGenOutputTokensDetails",
    "ImageGenUsage",
    "ImageVariationsError",
    "ImagesResponse",
    "ImagesResponseBackground",
    "ImagesResponseOutputFormat",
    "ImagesResponseQuality",
    "ImagesResponseSize",
    "InvalidRequestError",
    "NotFoundError",
    "Outcome",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "Pin",
    "QuotaExceededError",
    "RateLimitError",
    "RedirectError",
    "Response",
    "ResponseError",
    "SaveError",
    "ServerError",
    "StatusError",
    "StreamedImage",
    "TLSError",
    "TransportError",
    "UnprocessableEntityError",
    "__version__",
    "create_image_variation",
    "create_image_variation_detailed",
    "create_image_variation_files",
    "create_image_variation_stream",
    "fetch_image",
    "save_images",
]


def test_the_exported_names_are_these() -> None:
    """A name comes or goes on purpose, with a line in CHANGELOG.md."""
    assert sorted(vars(image_variations)["__all__"]) == sorted(EXPORTED)


def test_each_name_stands_once_for_python_and_once_for_type_checkers() -> None:
    """In a table of the package or of its models, and in its stub, which have the same names from the same modules."""
    package = Path(image_variations.__file__ or "")
    statements = ast.parse(package.with_suffix(".pyi").read_text()).body
    imports = [(f".{found.module}", found.names) for found in statements if isinstance(found, ast.ImportFrom)]
    homes = {alias.name: home for home, names in imports for alias in names}
    assert sorted([*homes, "__version__"]) == sorted(EXPORTED)
    assert all(alias.asname == alias.name for _, names in imports for alias in names)
    tables = package.read_text() + package.with_name("models").joinpath("__init__.py").read_text()
    for name, home in homes.items():
        assert f'    "{name}": "{home.removeprefix(".models")}",\n' in tables
        assert len(re.findall(rf"(?<![\w.]){name}(?!\w)", tables)) == 1, name


@pytest.mark.parametrize("name", EXPORTED)
def test_each_exported_name_is_there(name: str) -> None:
    """Asked for by name or listed with `dir`."""
    assert getattr(image_variations, name) is not None
    assert name in dir(image_variations)


def test_every_class_of_a_result_is_exported() -> None:
    """What a function returns or yields, and what that holds in turn, has a class that a caller can name."""
    public = [cast("object", getattr(image_variations, name)) for name in EXPORTED]
    returned = [get_type_hints(value)["return"] for value in public if inspect.isfunction(value)]
    waiting = [found for hint in returned for found in ours(hint)]
    results: set[type] = set()
    while waiting:
        result = waiting.pop()
        if result not in results:
            results.add(result)
            hints = get_type_hints(result)
            waiting += [found for name in hints if not name.startswith("_") for found in ours(hints[name])]
    assert {"Attempt", "Image", "Response", "StreamedImage"} <= {result.__name__ for result in results}
    assert not [result for result in results if result not in public]


def ours(hint: object) -> Iterator[type]:
    """The classes of the package that a type hint names."""
    named = get_origin(hint) or hint
    if isinstance(named, type) and named.__module__.partition(".")[0] == "image_variations":
        yield named
    for argument in get_args(hint):
        yield from ours(argument)


def test_another_name_is_an_attribute_error() -> None:
    """As with any module, so `hasattr` and `from ... import` say what is missing."""
    name = "create_variation"
    with pytest.raises(AttributeError, match="module 'image_variations' has no attribute 'create_variation'"):
        getattr(image_variations, name)


@pytest.mark.parametrize(
    ("program", "is_loaded"),
    [("import image_variations", False), ("from image_variations import *; Client, save_images", True)],
)
def test_importing_the_package_loads_nothing_that_is_not_asked_for(program: str, is_loaded: bool) -> None:
    """Neither httpx nor attrs nor asyncio, before a name needs them."""
    check = "import sys; print([name in sys.modules for name in ('httpx', 'attrs', 'asyncio')])"
    # -I and -S: what site-packages loads at the start is not the package's doing.
    paths = [path for path in sys.path if path]
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path += {paths!r}; {program}; {check}"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert output.split() == str([is_loaded] * 3).split()


def test_what_a_transport_needs_is_imported_when_it_is_made() -> None:
    """Neither the package nor its module `transports` loads aiohttp."""
    program = """
import sys
import image_variations
from image_variations import Client, transports
for name in image_variations.__all__:
    getattr(image_variations, name)
transports.default(), transports.over_httpx()
print("aiohttp" in sys.modules)
transports.over_aiohttp()
print("aiohttp" in sys.modules)
"""
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert output.split() == ["False", "True"]


def test_the_names_of_the_fake_are_these() -> None:
    """`image_variations.testing` has no others, and none of them is in the root package."""
    assert vars(testing)["__all__"] == ["FakeClock", "FakeField", "FakeImages", "FakeRequest"]
    assert not {"FakeClock", "FakeField", "FakeImages", "FakeRequest"} & {*dir(image_variations)}


def test_a_client_loads_no_fake() -> None:
    """It costs nothing unless a test imports it."""
    program = """
import sys
from image_variations import *
import image_variations.transports
print([name for name in sys.modules if "testing" in name and name.startswith("image_variations")])
"""
    output = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert output.split() == ["[]"]
