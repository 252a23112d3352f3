# Generated: image-variations 0.1.0. An edit belongs in that project, where `make generate` writes this file anew.
# Made here, it stops `make generate` and `make vendor`; with FORCE=1 the latter saves it as a patch.
"""The values of `CreateImageVariationRequestResponseFormat`."""

from typing import Literal

CreateImageVariationRequestResponseFormat = Literal["url", "b64_json"]
"""How each variation comes back.

`url` is a link that lives for 60 minutes, `b64_json` the file itself.
"""
