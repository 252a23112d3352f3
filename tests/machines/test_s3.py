"""What a batch needs of S3."""

from importlib import import_module

import pytest


def test_an_object_is_made_once(bucket: str) -> None:
    """A name that is taken is refused by the server: what is there stays."""
    files, path = import_module("fsspec.core").url_to_fs(f"{bucket}/out/otter-1.png")
    files.pipe_file(path, b"first", mode="create")
    with pytest.raises(FileExistsError):
        files.pipe_file(path, b"second", mode="create")
    assert files.cat_file(path) == b"first"
