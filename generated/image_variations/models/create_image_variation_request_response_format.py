# Generated from the OpenAPI document by `make generate`, which discards edits.
"""The values of `CreateImageVariationRequestResponseFormat`."""

from typing import Literal

CreateImageVariationRequestResponseFormat = Literal["url", "b64_json"]
"""How each variation comes back.

`url` is a link that lives for 60 minutes, `b64_json` the file itself.
"""
