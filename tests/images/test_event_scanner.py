"""Images found in event streams, wherever these are cut and whatever else they hold."""

import base64
import importlib
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from types import ModuleType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.generation import generated
from tests.support.pictures import PICTURES
from tests.support.sampling import examples
from tools.paths import ROOT

TEXTS = [base64.b64encode(image).decode() for image in PICTURES]
PARTIAL, WHOLE = "image_edit.partial_image", "image_edit.completed"

Found = list[tuple[int, int | None, bytes]]
Scan = Callable[[Sequence[bytes]], Found]

ALL: Found = [(0, 0, TEXTS[0].encode()), (0, 1, TEXTS[1].encode()), (0, None, TEXTS[2].encode())]


def event(name: str | None = None, **data: object) -> str:
    """An event, with a name or without."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n" if name else f"data: {json.dumps(data)}\n\n"


AS_THE_API = "".join(
    (
        event(PARTIAL, type=PARTIAL, b64_json=TEXTS[0], partial_image_index=0),
        event(PARTIAL, type=PARTIAL, partial_image_index=1, b64_json=TEXTS[1]),
        event(WHOLE, type=WHOLE, b64_json=TEXTS[2], usage={"type": PARTIAL, "b64_json": "AAAA"}),
    )
)
LAST_SAYS_WHICH = "".join(
    (
        event(b64_json=TEXTS[0], partial_image_index=0, type=PARTIAL),
        event(b64_json=TEXTS[1], partial_image_index=1),
        event(b64_json=TEXTS[2]),
    )
)

STREAMS = {
    "as the API": AS_THE_API,
    "named by the event alone": AS_THE_API.replace('"type": "image_edit.', '"kind": "image_edit.'),
    "named by the data alone": AS_THE_API.replace("event: image", ": image"),
    "named after the image": LAST_SAYS_WHICH,
    "CR": AS_THE_API.replace("\n", "\r"),
    "CRLF": AS_THE_API.replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + AS_THE_API,
    "no space": AS_THE_API.replace(": ", ":"),
    "no last line end": AS_THE_API.rstrip("\n"),
    "several data lines": AS_THE_API.replace('", ', '",\ndata: '),
    "escaped slashes": AS_THE_API.replace("/", "\\/"),
    "other fields": "id: 1\nretry: 5\nnonsense\n: comment\n\n" + AS_THE_API.replace("data:", "id: 7\ndata:"),
    "other events": event("ping") + "event: ping\ndata: still here\n\ndata\n\n" + event(type="x") + AS_THE_API,
    "and done": AS_THE_API + "data: [DONE]\n\ndata: not JSON\n\n",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A client that has image events."""
    spec = ROOT / "tests" / "documents" / "image_events.yaml"
    with generated(spec, tmp_path_factory.mktemp("scanner"), "scanned_events") as module:
        yield module


@pytest.fixture(scope="module")
def scan(package: ModuleType) -> Scan:
    """Return what is found in the pieces of a stream: places, numbers among partial images, and base64."""
    rooms = f"{package.__name__}._runtime.images"
    scanners = importlib.import_module(f"{rooms}.event_scanner")
    members = importlib.import_module(f"{rooms}.streamed_image").ImageMembers("data", "b64_json", "url")
    kinds = importlib.import_module(f"{rooms}.partial_image").ImageEvents(
        "type", (PARTIAL,), (WHOLE,), "partial_image_index"
    )

    def scan(pieces: Sequence[bytes]) -> Found:
        scanner = scanners.EventImageScanner(members, kinds, takes_partial=True, limit=10_000)
        found: Found = []
        for piece in itertools.chain(*map(scanner.feed, pieces), scanner.finish()):
            if isinstance(piece, scanners.EventBegin):
                found.append((piece.index, piece.partial, b""))
            elif hasattr(piece, "data"):
                found[-1] = (*found[-1][:2], found[-1][2] + piece.data)
        return found

    return scan


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
@given(cuts=st.lists(st.integers(0, len(AS_THE_API)), max_size=8))
@example(cuts=list(range(len(AS_THE_API) + 40)))
@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_images_are_found_wherever_a_stream_is_cut(scan: Scan, stream: str, cuts: list[int]) -> None:
    """Line ends, names, comments, other events and the order of members make no difference."""
    content = stream.encode()
    bounds = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    assert scan([content[start:end] for start, end in itertools.pairwise(bounds)]) == ALL


def test_images_that_are_made_at_once_keep_their_places(scan: Scan) -> None:
    """A number of a partial image that comes again is the next image's, before or after the first one is whole."""

    def partial(number: int) -> str:
        return event(type=PARTIAL, partial_image_index=number, b64_json="AAAA")

    whole = event(type=WHOLE, b64_json="AAAA")
    in_turn = "".join([partial(0), partial(0), partial(1), partial(1), whole, whole])
    one_by_one = "".join([partial(0), whole, partial(0), partial(1), whole])
    assert [found[:2] for found in scan([in_turn.encode()])] == [(0, 0), (1, 0), (0, 1), (1, 1), (0, None), (1, None)]
    assert [found[:2] for found in scan([one_by_one.encode()])] == [(0, 0), (0, None), (1, 0), (1, 1), (1, None)]


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ('data: {"type":\n\n', "an event is not JSON|an event is cut short"),
        ("data: otters\n\n", "an event is not a JSON object"),
        (f'data: {{"type": "{WHOLE}", "b64_json": "AAAA', "an event is cut short"),
        (f"data: {' ' * 10_001}\n\n", "an event is longer than max_response_bytes"),
        (event(type=PARTIAL, b64_json="AAAA"), "the stream ends without a whole image"),
        ("data: [DONE]\n\n", "the stream ends without a whole image"),
        ("", "the stream ends without a whole image"),
    ],
)
def test_what_is_no_stream_of_images_is_said_in_words(scan: Scan, stream: str, message: str) -> None:
    """A malformed event, one that is cut or too long, and a stream without a whole image."""
    with pytest.raises(Exception, match=message):
        scan([stream.encode()])


@pytest.mark.parametrize(
    "data", ['{"error": {"message": "no"}}', '{"type": "error", "message": "no"}', "event: error\ndata: no"]
)
def test_an_error_is_an_event_too(scan: Scan, data: str) -> None:
    """By its name, the type of its data, or its member; what came before it was given."""
    stream = data if data.startswith("event") else f"data: {data}"
    with pytest.raises(Exception, match=r"^$") as failure:
        scan([f"{stream}\n\n".encode()])
    assert type(failure.value).__name__ == "EventError"
