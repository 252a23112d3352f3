"""Operations, keys and bodies."""

from tests.support.edits import GONE
from tests.tools.diff.rows.row import ALBUMS, BODY, DRAW, FIELDS, LIST, SCHEMAS, STORE, Row, keyword

_PLAIN = {"operationId": "listAlbums", "responses": {"200": {"description": "Done."}}}

OPERATIONS = [
    Row("operation.added", None, "list_albums: the function is new", (), ((LIST, GONE),)),
    Row("operation.removed", "callers", "list_albums: the function is gone", ((LIST, GONE),)),
    Row(
        "operation.renamed",
        "callers",
        "get_albums: the function has this name now (was `list_albums`)",
        ((f"{LIST}/operationId", "getAlbums"),),
    ),
    Row("operation.deprecated", None, "list_albums: the function is deprecated now", ((f"{LIST}/deprecated", True),)),
    Row(
        "operation.undeprecated",
        None,
        "list_albums: the function is not deprecated any more",
        (),
        ((f"{LIST}/deprecated", True),),
    ),
    Row(
        "operation.module",
        None,
        "list_albums: its module is in the package `api.folders` now (was in `api.albums`)",
        ((f"{LIST}/tags", ["Folders"]),),
    ),
    Row(
        "operation.method",
        "wire",
        "list_albums: requests are `POST` now (was `GET`)",
        ((f"{ALBUMS}/post", _PLAIN), (LIST, GONE)),
        ((LIST, _PLAIN),),
        ("operation.billed", "operation.not_idempotent"),
    ),
    Row(
        "operation.path",
        "wire",
        "list_albums: requests go to the path `/folders` (was `/albums`)",
        (("paths/~1folders", {"get": _PLAIN}), (LIST, GONE)),
        ((LIST, _PLAIN),),
    ),
    Row(
        "server.unnamed",
        "callers",
        "every call: base_url has to be given (was `https://gallery.example/v1`)",
        (("servers", GONE),),
    ),
    Row(
        "server.named",
        None,
        "every call: requests go to `https://gallery.example/v1` unless base_url says otherwise (had to be given)",
        (),
        (("servers", GONE),),
    ),
    Row(
        "server.changed",
        "wire",
        "every call: requests go to `https://other.example` unless base_url says otherwise "
        "(was to `https://gallery.example/v1`)",
        (("servers/0/url", "https://other.example"),),
    ),
]

SECURITY = [
    Row("security.added", "wire", "every call: a key is sent now, as `a bearer token`", (), (("security", GONE),)),
    Row(
        "security.removed",
        "wire",
        "every call: no key is sent any more (was as `a bearer token`)",
        (("security", []),),
    ),
    Row(
        "security.scheme",
        "wire",
        "every call: the key is sent as `the header X-Key` (was as `a bearer token`)",
        (("security", [{"HeaderKey": []}]),),
    ),
    Row(
        "security.required",
        "wire",
        "every call: a call without a key is not allowed any more",
        (),
        (("security/-", {}),),
    ),
    Row("security.optional", None, "every call: a call without a key is allowed now", (("security/-", {}),)),
    Row(
        "security.scope.added",
        "wire",
        "list_albums: the key needs the scope `write` too",
        ((f"{LIST}/security/0/Token", ["read", "write"]),),
    ),
    Row(
        "security.scope.removed",
        None,
        "list_albums: the key does not need the scope `read` any more",
        ((f"{LIST}/security/0/Token", []),),
    ),
    Row(
        "security.alternative.added",
        None,
        "every call: the server takes `the header X-Key` too; the client does not use it",
        (("security/-", {"HeaderKey": []}),),
    ),
    Row(
        "security.alternative.removed",
        None,
        "list_albums: the server does not take `the query parameter key` any more; it was not used",
        ((f"{LIST}/security/1", GONE),),
    ),
]

BODIES = [
    Row(
        "request.body.added",
        "wire",
        "list_albums: requests have a body now, of `application/json`",
        ((f"{LIST}/requestBody", {"content": {"application/json": {"schema": {"type": "object"}}}}),),
        also=("model.added",),
    ),
    Row(
        "request.body.removed",
        "wire",
        "list_albums: requests have no body any more (was one of `application/json`)",
        (),
        ((f"{LIST}/requestBody", {"content": {"application/json": {"schema": {"type": "object"}}}}),),
        ("model.removed.sent",),
    ),
    Row(
        "request.media_type.changed",
        "wire",
        "draw_picture: the body is sent as `application/json` (was as `multipart/form-data`)",
        ((f"{DRAW}/requestBody/content", {"application/json": {"schema": {"$ref": f"#/{SCHEMAS}/DrawRequest"}}}),),
        also=("request.field.null.added",),
    ),
    Row(
        "request.media_type.added",
        None,
        "store_album_file: the function is new, for a body of `application/zip`",
        ((f"{STORE}/requestBody/content/application~1zip", {"schema": {}}),),
    ),
    Row(
        "request.media_type.removed",
        "callers",
        "store_album_form: the function for a body of `application/x-www-form-urlencoded` is gone",
        ((f"{STORE}/requestBody/content/application~1x-www-form-urlencoded", GONE),),
    ),
    Row(
        "request.part.content_type",
        "wire",
        f"{keyword('picture')} is sent as a part of `image/webp` (was of `image/png`)",
        ((f"{BODY}/encoding/picture/contentType", "image/webp"),),
    ),
    Row(
        "request.part.encoding",
        "wire",
        f"{keyword('labels')} is written with `style: spaceDelimited` (was in the usual style)",
        ((f"{BODY}/encoding/labels", {"style": "spaceDelimited"}),),
    ),
    Row(
        "request.parameter.moved",
        "wire",
        f"{keyword('x_trace')} goes into the `query` (was into the `header`)",
        ((f"{DRAW}/parameters/3/in", "query"),),
    ),
    Row(
        "request.parameter.style",
        "wire",
        f"{keyword('sort')} is written with `explode: false` (was in the usual style)",
        ((f"{DRAW}/parameters/2/explode", False),),
    ),
    Row(
        "request.extra.closed",
        "callers",
        "draw_picture: fields outside the document are not accepted any more",
        ((f"{SCHEMAS}/DrawRequest/additionalProperties", False),),
    ),
    Row(
        "request.extra.opened",
        None,
        "draw_picture: fields outside the document are accepted now",
        (),
        ((f"{SCHEMAS}/DrawRequest/additionalProperties", False),),
    ),
    Row(
        "request.condition",
        "callers",
        f"{keyword('title')} has another condition (`not`), which the client does not check",
        ((f"{FIELDS}/title/not", {"const": "x"}),),
    ),
]
