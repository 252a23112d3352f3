"""How a union in a response is read: by what keeps most of it."""

from image_variations._runtime.response.values import Either, ListOf, read_float, read_str


def test_a_union_of_lists_is_told_apart_by_their_items() -> None:
    """A list none of whose items can be read is a worse reading than one that is read whole."""
    read = Either[list[float] | list[str]](ListOf(read_float), ListOf(read_str))
    assert read([1, 2.5]) == [1, 2.5]
    assert read(["a"]) == ["a"]
    assert read([]) == []
    assert read("a") is None
