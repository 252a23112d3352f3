"""The models: lenient readers of what servers send, and plain values of what they are sent."""

import pickle

import pytest
from image_variations import (
    CreateImageVariationRequest,
    Image,
    ImageGenInputUsageDetails,
    ImageGenOutputTokensDetails,
    ImageGenUsage,
    ImagesResponse,
    InvalidRequestError,
)

FULL = {
    "created": 1713833628,
    "data": [{"b64_json": "aGk=", "revised_prompt": "an otter"}, {"url": "https://example.com/1.png"}],
    "background": "transparent",
    "output_format": "png",
    "size": "1024x1024",
    "quality": "high",
    "usage": {
        "input_tokens": 50,
        "total_tokens": 100,
        "output_tokens": 50,
        "output_tokens_details": {"image_tokens": 50, "text_tokens": 0},
        "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
    },
}
"""The reference's own figures."""


def test_a_full_answer_is_read_into_typed_attributes() -> None:
    """Every member of the reference's example is where the schema puts it."""
    answer = ImagesResponse.from_dict(FULL)
    assert (answer.created, answer.quality, len(answer.data)) == (1713833628, "high", 2)
    assert answer.data[0] == Image(b64_json="aGk=", revised_prompt="an otter")
    assert answer.usage == ImageGenUsage(
        input_tokens=50,
        total_tokens=100,
        output_tokens=50,
        input_tokens_details=ImageGenInputUsageDetails(text_tokens=10, image_tokens=40),
        output_tokens_details=ImageGenOutputTokensDetails(image_tokens=50, text_tokens=0),
    )


@pytest.mark.parametrize(
    "source",
    [
        FULL,
        {},
        {"data": []},
        {"created": 1, "data": [{"url": "u", "seed": 7}], "provider": {"name": "x", "parts": [1, None]}},
        {"size": "512x512", "quality": "auto"},
    ],
)
def test_an_answer_survives_the_way_to_json_and_back(source: dict[str, object]) -> None:
    """`from_dict(to_dict())` is the same model, and a member that has a value is not lost."""
    answer = ImagesResponse.from_dict(source)
    assert ImagesResponse.from_dict(answer.to_dict()) == answer
    assert answer.to_dict() == {name: value for name, value in source.items() if value != []}
    assert pickle.loads(pickle.dumps(answer)) == answer  # noqa: S301  # our own bytes


@pytest.mark.parametrize("model", [Image, ImageGenUsage, ImagesResponse, ImageGenInputUsageDetails])
def test_a_model_of_an_answer_can_be_built_from_nothing(model: type[Image]) -> None:
    """Every field of an answer is optional, whatever the document requires of the server."""
    assert model() == model.from_dict({})


@pytest.mark.parametrize(
    ("source", "attribute"),
    [
        ({"created": "yesterday"}, "created"),
        ({"created": True}, "created"),
        ({"created": 1.5}, "created"),
        ({"created": None}, "created"),
        ({"size": 512}, "size"),
        ({"background": ["transparent"]}, "background"),
        ({"usage": "free"}, "usage"),
        ({"usage": []}, "usage"),
        ({"usage": None}, "usage"),
    ],
)
def test_a_value_of_another_type_reads_as_none(source: dict[str, object], attribute: str) -> None:
    """What has another JSON type than the document says is not there, and is not a unknown member either."""
    answer = ImagesResponse.from_dict(source)
    assert getattr(answer, attribute) is None
    assert answer.additional_properties == {}


@pytest.mark.parametrize("data", [None, "text", 5, {}, [], [None, 1, "x", []]])
def test_data_without_objects_reads_as_an_empty_list(data: object) -> None:
    """An absent list is `[]`, and so is whatever is not a list of objects."""
    assert ImagesResponse.from_dict({"data": data}).data == []


def test_a_whole_number_with_a_point_is_an_integer() -> None:
    """JSON has one kind of number: 1713833628.0 is an integer (JSON Schema 2020-12, section 4.2.3)."""
    assert ImagesResponse.from_dict({"created": 1713833628.0}).created == 1713833628


def test_an_enum_value_outside_the_pin_is_kept_as_text() -> None:
    """Servers answer with sizes and qualities that the pin does not know."""
    answer = ImagesResponse.from_dict({"size": "512x512", "quality": "auto"})
    assert (answer.size, answer.quality) == ("512x512", "auto")


def test_unknown_members_stay_with_the_model() -> None:
    """They are in `additional_properties`, at every depth, and go out again."""
    answer = ImagesResponse.from_dict({"provider": "x", "data": [{"url": "u", "seed": 7}]})
    assert answer.additional_properties == {"provider": "x"}
    assert answer.data[0].additional_properties == {"seed": 7}
    assert answer.to_dict() == {"provider": "x", "data": [{"url": "u", "seed": 7}]}


def test_building_a_request_never_fails() -> None:
    """Rules are the client's to run: a model takes what it is given."""
    request = CreateImageVariationRequest(image=b"", n=99, size="1x1")
    assert request.to_dict() == {"image": b"", "n": 99, "size": "1x1"}
    assert CreateImageVariationRequest.from_dict(request.to_dict()) == request


def test_a_request_without_its_image_is_none() -> None:
    """What the request cannot be without is asked for by name."""
    with pytest.raises(InvalidRequestError, match="image: must be given"):
        CreateImageVariationRequest.from_dict({"n": 2})
