"""Every kind of change that `make diff` knows: an edit of tests/documents/gallery.yaml that makes it, and its class."""

from typing import NamedTuple

from tests.edits import GONE, Edit
from tools.changes import Breaks

PICTURES = "paths/~1albums~1{album}~1pictures"
DRAW = f"{PICTURES}/post"
ALBUMS = "paths/~1albums"
LIST, STORE = f"{ALBUMS}/get", f"{ALBUMS}/put"
BODY = f"{DRAW}/requestBody/content/multipart~1form-data"
ANSWERS = f"{DRAW}/responses"
SCHEMAS = "components/schemas"
FIELDS = f"{SCHEMAS}/DrawRequest/properties"
DRAWN = f"{SCHEMAS}/Drawn/properties"
STRING = {"type": "string"}
JSON_STRING = {"application/json": {"schema": STRING}}


class Row(NamedTuple):
    """One kind of change.

    Attributes:
        edits: What makes the new document.
        before: What makes the old one.
        also: The ids of the changes that come with it.
    """

    id: str
    breaks: Breaks | None
    text: str
    edits: tuple[Edit, ...]
    before: tuple[Edit, ...] = ()
    also: tuple[str, ...] = ()


def keyword(name: str) -> str:
    """What a sentence about a keyword begins with."""
    return f"draw_picture: the keyword `{name}`"


_PLAIN = {"operationId": "listAlbums", "responses": {"200": {"description": "Done."}}}

OPERATIONS = [
    Row("operation.added", None, "list_albums: the function is new", (), ((LIST, GONE),)),
    Row("operation.removed", "callers", "list_albums: the function is gone", ((LIST, GONE),)),
    Row(
        "operation.renamed",
        "callers",
        "get_albums: the function has this name now, before `list_albums`",
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
        "list_albums: its module is in the package `api.folders` now, before in `api.albums`",
        ((f"{LIST}/tags", ["Folders"]),),
    ),
    Row(
        "operation.method",
        "wire",
        "list_albums: requests are `POST` now, before `GET`",
        ((f"{ALBUMS}/post", _PLAIN), (LIST, GONE)),
        ((LIST, _PLAIN),),
    ),
    Row(
        "operation.path",
        "wire",
        "list_albums: requests go to the path `/folders`, before `/albums`",
        (("paths/~1folders", {"get": _PLAIN}), (LIST, GONE)),
        ((LIST, _PLAIN),),
    ),
    Row(
        "server.changed",
        "wire",
        "every call: requests go to `https://other.example` unless base_url says otherwise, "
        "before to `https://gallery.example/v1`",
        (("servers/0/url", "https://other.example"),),
    ),
]

SECURITY = [
    Row("security.added", "wire", "every call: a key is sent now, as `a bearer token`", (), (("security", GONE),)),
    Row(
        "security.removed",
        "wire",
        "every call: no key is sent any more, before as `a bearer token`",
        (("security", []),),
    ),
    Row(
        "security.scheme",
        "wire",
        "every call: the key is sent as `the header X-Key`, before as `a bearer token`",
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
        "list_albums: requests have no body any more, before one of `application/json`",
        (),
        ((f"{LIST}/requestBody", {"content": {"application/json": {"schema": {"type": "object"}}}}),),
        ("model.removed.sent",),
    ),
    Row(
        "request.media_type.changed",
        "wire",
        "draw_picture: the body is sent as `application/json`, before as `multipart/form-data`",
        ((f"{DRAW}/requestBody/content", {"application/json": {"schema": {"$ref": f"#/{SCHEMAS}/DrawRequest"}}}),),
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
        f"{keyword('picture')} is sent as a part of `image/webp`, before of `image/png`",
        ((f"{BODY}/encoding/picture/contentType", "image/webp"),),
    ),
    Row(
        "request.part.encoding",
        "wire",
        f"{keyword('labels')} is written in another style",
        ((f"{BODY}/encoding/labels", {"style": "spaceDelimited"}),),
    ),
    Row(
        "request.parameter.moved",
        "wire",
        f"{keyword('x_trace')} goes into the `query`, before into the `header`",
        ((f"{DRAW}/parameters/3/in", "query"),),
        also=("request.parameter.style",),
    ),
    Row(
        "request.parameter.style",
        "wire",
        f"{keyword('sort')} is written in another style",
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

REQUESTS = [
    Row("request.field.added.optional", None, f"{keyword('mood')} is new and optional", ((f"{FIELDS}/mood", STRING),)),
    Row(
        "request.field.added.required",
        "callers",
        f"{keyword('mood')} is new and has to be given",
        ((f"{FIELDS}/mood", STRING), (f"{SCHEMAS}/DrawRequest/required/-", "mood")),
    ),
    Row("request.field.removed", "callers", f"{keyword('scale')} is gone", ((f"{FIELDS}/scale", GONE),)),
    Row(
        "request.field.renamed",
        "callers",
        f"{keyword('scale_body')} is the new name of `scale`",
        ((f"{DRAW}/parameters/-", {"name": "scale", "in": "path", "required": True, "schema": STRING}),),
        also=("request.field.added.required",),
    ),
    Row(
        "request.field.required",
        "callers",
        f"{keyword('scale')} has to be given, before it was optional",
        ((f"{SCHEMAS}/DrawRequest/required/-", "scale"),),
    ),
    Row(
        "request.field.optional",
        None,
        f"{keyword('title')} is optional, before it had to be given",
        ((f"{SCHEMAS}/DrawRequest/required/1", GONE),),
    ),
    Row(
        "request.field.null.added",
        None,
        f"{keyword('title')} may be None, which is sent as null",
        ((f"{FIELDS}/title/type", ["string", "null"]),),
    ),
    Row(
        "request.field.null.removed",
        "callers",
        f"{keyword('caption')} may not be None any more",
        ((f"{FIELDS}/caption", STRING),),
    ),
    Row(
        "request.field.type.changed",
        "callers",
        f"{keyword('count')} takes `str`, before `int`",
        ((f"{FIELDS}/count", {"type": "string", "default": 1}),),
    ),
    Row(
        "request.field.type.widened",
        None,
        f"{keyword('scale')} takes `float | str`, before only `float`",
        ((f"{FIELDS}/scale/type", ["number", "string"]),),
    ),
    Row(
        "request.field.values.added",
        None,
        f"{keyword('style')} accepts `tar` too",
        ((f"{FIELDS}/style/enum/-", "tar"),),
    ),
    Row(
        "request.field.values.removed",
        "callers",
        f"{keyword('style')} does not accept `ink` any more",
        ((f"{FIELDS}/style/enum", ["oil"]),),
    ),
    Row(
        "request.field.values.closed",
        "callers",
        f"{keyword('model')} accepts only `m1`, before any `str`",
        ((f"{FIELDS}/model", {"type": "string", "enum": ["m1"]}),),
    ),
    Row(
        "request.field.values.opened",
        None,
        f"{keyword('style')} accepts any `str`, before only `oil` and `ink`",
        ((f"{FIELDS}/style/enum", GONE),),
        also=("alias.removed.sent",),
    ),
    Row(
        "request.field.known_values",
        None,
        f"{keyword('model')} names `m2` as known values, before `m1`; others may do",
        ((f"{FIELDS}/model/anyOf/1/enum", ["m2"]),),
    ),
    Row(
        "request.field.rule.added",
        "callers",
        f"{keyword('title')} is limited to at least 2 characters, before it was not",
        ((f"{FIELDS}/title/minLength", 2),),
    ),
    Row(
        "request.field.rule.removed",
        None,
        f"{keyword('picture')} is not limited to square pictures any more",
        ((f"{FIELDS}/picture/x-square", GONE),),
    ),
    Row(
        "request.field.rule.tightened",
        "callers",
        f"{keyword('count')} accepts at most 9, before 10",
        ((f"{FIELDS}/count/anyOf/0/maximum", 9),),
    ),
    Row(
        "request.field.rule.loosened",
        None,
        f"{keyword('picture')} accepts at most 2000 octets, before 1000",
        ((f"{FIELDS}/picture/maxLength", 2000),),
    ),
    Row(
        "request.field.rule.changed",
        "callers",
        f"{keyword('title')} accepts text that matches `^[a-y]+$`, before `^[a-z]+$`",
        ((f"{FIELDS}/title/pattern", "^[a-y]+$"),),
    ),
    Row(
        "request.field.default.changed",
        "callers",
        f"{keyword('style')} is `ink` where it is not given, before `oil`",
        ((f"{FIELDS}/style/default", "ink"),),
    ),
    Row(
        "request.field.default.added",
        None,
        f"{keyword('scale')} is 2 where it is not given; no default was documented",
        ((f"{FIELDS}/scale/default", 2),),
    ),
    Row(
        "request.field.default.removed",
        None,
        f"{keyword('style')} has no documented default any more, before `oil`",
        ((f"{FIELDS}/style/default", GONE),),
    ),
    Row(
        "request.field.deprecated",
        None,
        f"{keyword('scale')} is deprecated now",
        ((f"{FIELDS}/scale/deprecated", True),),
    ),
    Row(
        "request.field.undeprecated",
        None,
        f"{keyword('limit')} is not deprecated any more",
        (),
        ((f"{DRAW}/parameters/1/deprecated", True),),
    ),
    Row(
        "request.field.alternative.added",
        None,
        f"{keyword('code')} accepts another kind of `str` too",
        ((f"{FIELDS}/code/anyOf/-", {"type": "string", "pattern": "^c"}),),
    ),
    Row(
        "request.field.alternative.removed",
        "callers",
        f"{keyword('code')} does not accept one kind of `str` any more",
        ((f"{FIELDS}/code/anyOf/0", GONE),),
    ),
]

ANSWERED = [
    Row(
        "answer.status.added",
        "readers",
        "draw_picture: an answer may have the status `202` and be `str`",
        ((f"{ANSWERS}/202", {"description": "a", "content": JSON_STRING}),),
        also=("pictures.removed",),
    ),
    Row(
        "answer.status.added.same",
        None,
        "store_album: an answer may have the status `204` too",
        ((f"{STORE}/responses/204", {"description": "a"}),),
    ),
    Row(
        "answer.status.removed",
        None,
        "store_album: no answer has the status `202` any more",
        ((f"{STORE}/responses/202", GONE),),
    ),
    Row(
        "answer.status.changed",
        "readers",
        "list_albums: the status of an answer is `201`, before `200`",
        ((f"{LIST}/responses", {"201": {"description": "a"}}),),
        ((f"{LIST}/responses", {"200": {"description": "a"}}),),
    ),
    Row(
        "answer.media_type",
        "wire",
        "list_albums: answers are asked for as `application/vnd.x+json`, before as `application/json`",
        (
            (
                f"{LIST}/responses/200/content",
                {"application/vnd.x+json": {"schema": {"type": "array", "items": STRING}}},
            ),
        ),
        ((f"{LIST}/responses/200/content", {"application/json": {"schema": {"type": "array", "items": STRING}}}),),
    ),
    Row(
        "answer.media_type.added",
        None,
        "list_albums: the server has answers of `text/csv` too, which are not asked for",
        ((f"{LIST}/responses/200/content/text~1csv", {"schema": STRING}),),
    ),
    Row(
        "answer.media_type.removed",
        None,
        "draw_picture: the server has no answers of `text/event-stream` any more; none was asked for",
        ((f"{ANSWERS}/200/content/text~1event-stream", GONE),),
    ),
    Row(
        "answer.header.added",
        None,
        "list_albums: answers have the header `X-Next`",
        ((f"{LIST}/responses/200/headers", {"X-Next": {"schema": STRING}}),),
    ),
    Row(
        "answer.header.removed",
        "readers",
        "draw_picture: answers do not have the header `X-Cost` any more",
        ((f"{ANSWERS}/200/headers", GONE),),
    ),
    Row(
        "answer.type.changed",
        "readers",
        "list_albums returns `list[Album] | None`, before `list[Album]`",
        ((f"{LIST}/responses/200/content/application~1json/schema/type", ["array", "null"]),),
    ),
    Row(
        "answer.type.narrowed",
        None,
        "list_albums returns `list[Album]`, before `list[Album] | None`",
        (),
        ((f"{LIST}/responses/200/content/application~1json/schema/type", ["array", "null"]),),
    ),
    Row("answer.field.added", None, "`Picture.seed` is new", ((f"{SCHEMAS}/Picture/properties/seed", STRING),)),
    Row("answer.field.removed", "readers", "`Drawn.cost` is gone", ((f"{DRAWN}/cost", GONE),)),
    Row(
        "answer.field.renamed",
        "readers",
        "`Drawn.b_2` is the new name of `b`",
        ((DRAWN, {"B": STRING, "b": STRING}),),
        ((DRAWN, {"b": STRING}),),
        ("answer.field.added",),
    ),
    Row(
        "answer.field.type.changed",
        "readers",
        "`Drawn.created` is `str`, before `int`",
        ((f"{DRAWN}/created", STRING),),
    ),
    Row(
        "answer.field.type.narrowed",
        None,
        "`Drawn.created` is `int`, before `int | str`",
        (),
        ((f"{DRAWN}/created/type", ["integer", "string"]),),
    ),
    Row(
        "answer.field.always",
        None,
        "`Drawn.data` is always there now",
        ((f"{SCHEMAS}/Drawn/required/-", "data"),),
    ),
    Row(
        "answer.field.not_always",
        "readers",
        "`Drawn.created` is no longer always there",
        ((f"{SCHEMAS}/Drawn/required", GONE),),
    ),
    Row("answer.field.values.added", None, "`Drawn.size` may be `huge` too", ((f"{DRAWN}/size/enum/-", "huge"),)),
    Row("answer.field.values.removed", None, "`Drawn.size` is not `large` any more", ((f"{DRAWN}/size/enum/1", GONE),)),
    Row(
        "answer.field.values.closed",
        None,
        "`Drawn.mood` is one of `calm`, before any `str`",
        ((f"{DRAWN}/mood", {"enum": ["calm"]}),),
    ),
    Row(
        "answer.field.values.opened",
        None,
        "`Drawn.mood` may be any `str`, before only `calm`",
        (),
        ((f"{DRAWN}/mood", {"enum": ["calm"]}),),
    ),
    Row(
        "answer.field.known_values",
        None,
        "`Drawn.mood` has `wild` as known values, before `calm`",
        ((f"{DRAWN}/mood/anyOf/1/enum", ["wild"]),),
    ),
    Row(
        "answer.field.rule",
        None,
        "`Drawn.cost` is described as at least 1, before 0",
        ((f"{DRAWN}/cost/minimum", 1),),
    ),
    Row(
        "answer.field.encoding",
        "readers",
        "`Picture.b64_json` is text in the encoding `base32`, before `base64`",
        ((f"{SCHEMAS}/Picture/properties/b64_json/contentEncoding", "base32"),),
        also=("pictures.removed",),
    ),
    Row("answer.field.deprecated", None, "`Drawn.cost` is deprecated now", ((f"{DRAWN}/cost/deprecated", True),)),
    Row(
        "answer.field.undeprecated",
        None,
        "`Drawn.cost` is not deprecated any more",
        (),
        ((f"{DRAWN}/cost/deprecated", True),),
    ),
    Row(
        "answer.field.alternative",
        None,
        "`Drawn.code` may be another kind of `str`",
        ((f"{DRAWN}/code/anyOf/-", {"type": "string", "pattern": "^c"}),),
    ),
    Row(
        "answer.usable",
        "readers",
        "`Drawn`: another condition says which answers are refused as unusable",
        ((f"{SCHEMAS}/Drawn/x-usable-answer/any-of/-", "seed"),),
    ),
    Row(
        "answer.condition",
        None,
        "`Drawn.cost` has another condition (`not`), which the client does not check",
        ((f"{DRAWN}/cost/not", {"const": 7}),),
    ),
    Row(
        "pictures.added",
        None,
        "draw_picture: pictures can be fetched, saved and streamed",
        (),
        ((f"{SCHEMAS}/Picture/properties/url/format", GONE),),
        ("answer.field.rule",),
    ),
    Row(
        "pictures.removed",
        "callers",
        "draw_picture: fetch_image, save_images and the functions that stream and save pictures are gone",
        ((f"{SCHEMAS}/Picture/properties/url/format", GONE),),
        also=("answer.field.rule",),
    ),
    Row(
        "error.status.added",
        None,
        "list_albums: the error `503` is documented",
        ((f"{LIST}/responses/503", {"description": "a"}),),
    ),
    Row(
        "error.status.removed",
        None,
        "draw_picture: the error `429` is not documented any more",
        ((f"{ANSWERS}/429", GONE),),
    ),
    Row(
        "error.header.added",
        None,
        "draw_picture: errors have the header `X-Why`",
        ((f"{ANSWERS}/429/headers/X-Why", {"schema": STRING}),),
    ),
    Row(
        "error.header.removed",
        None,
        "draw_picture: errors do not have the header `Retry-After` any more",
        ((f"{ANSWERS}/429/headers", GONE),),
    ),
]

_FRAME = {"type": "object", "required": ["width"], "properties": {"width": {"type": "integer"}, "colour": STRING}}
_PICTURE = {
    "type": "object",
    "properties": {
        "b64_json": {"type": "string", "contentEncoding": "base64"},
        "url": {"type": "string", "format": "uri"},
    },
}
_STYLES = {"type": "string", "enum": ["oil", "ink"]}
_SIZES = {"type": "string", "enum": ["small", "large"]}

EXPORTS = [
    Row("model.added", None, "the class `Spare` is new", ((f"{SCHEMAS}/Spare", {"type": "object"}),)),
    Row(
        "model.removed.sent",
        "callers",
        "the class `Frame` is gone",
        ((f"{FIELDS}/frame", GONE), (f"{SCHEMAS}/Frame", GONE)),
        also=("request.field.removed",),
    ),
    Row(
        "model.removed.read",
        "readers",
        "the class `Picture` is gone",
        ((f"{DRAWN}/data/items", STRING), (f"{SCHEMAS}/Picture", GONE)),
        also=("answer.field.type.changed", "pictures.removed"),
    ),
    Row(
        "model.renamed.sent",
        "callers",
        "the class `Frame` is called `Border` now",
        (
            (f"{SCHEMAS}/Border", _FRAME),
            (f"{FIELDS}/frame", {"$ref": f"#/{SCHEMAS}/Border"}),
            (f"{SCHEMAS}/Frame", GONE),
        ),
    ),
    Row(
        "model.renamed.read",
        "readers",
        "the class `Picture` is called `DrawnDataItem` now",
        ((f"{DRAWN}/data/items", _PICTURE), (f"{SCHEMAS}/Picture", GONE)),
    ),
    Row(
        "alias.added",
        None,
        "the type `FrameColour` is new",
        ((f"{SCHEMAS}/Frame/properties/colour/enum", ["red"]),),
        also=("request.field.values.closed",),
    ),
    Row(
        "alias.removed.sent",
        "callers",
        "the type `DrawRequestStyle` is gone",
        ((f"{FIELDS}/style", {"type": "string", "default": "oil"}),),
        also=("request.field.values.opened",),
    ),
    Row(
        "alias.removed.read",
        "readers",
        "the type `DrawnSize` is gone",
        ((f"{DRAWN}/size", STRING),),
        also=("answer.field.values.opened",),
    ),
    Row(
        "alias.renamed.sent",
        "callers",
        "the type `DrawRequestStyle` is called `Style` now",
        ((f"{SCHEMAS}/Style", _STYLES), (f"{FIELDS}/style", {"$ref": f"#/{SCHEMAS}/Style", "default": "oil"})),
    ),
    Row(
        "alias.renamed.read",
        "readers",
        "the type `DrawnSize` is called `Size` now",
        ((f"{SCHEMAS}/Size", _SIZES), (f"{DRAWN}/size", {"$ref": f"#/{SCHEMAS}/Size"})),
    ),
]

ROWS = [*OPERATIONS, *SECURITY, *BODIES, *REQUESTS, *ANSWERED, *EXPORTS]
