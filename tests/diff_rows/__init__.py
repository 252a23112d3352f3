"""Every kind of change that `make diff` knows: an edit of tests/documents/gallery.yaml that makes it, and its class."""

from tests.diff_rows.answers import ANSWERED
from tests.diff_rows.calls import BODIES, OPERATIONS, SECURITY
from tests.diff_rows.exports import EXPORTS
from tests.diff_rows.requests import REQUESTS

ROWS = [*OPERATIONS, *SECURITY, *BODIES, *REQUESTS, *ANSWERED, *EXPORTS]
