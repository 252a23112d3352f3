"""Every kind of change that `make diff` knows: an edit of tests/documents/gallery.yaml that makes it, and its class."""

from tests.tools.diff.rows.calls import BODIES, OPERATIONS, SECURITY
from tests.tools.diff.rows.exports import EXPORTS
from tests.tools.diff.rows.requests import REQUESTS
from tests.tools.diff.rows.responses import RESPONSES

ROWS = [*OPERATIONS, *SECURITY, *BODIES, *REQUESTS, *RESPONSES, *EXPORTS]
