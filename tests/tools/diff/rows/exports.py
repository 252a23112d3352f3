"""The classes and types that the client exports."""

from tests.support.edits import GONE
from tests.tools.diff.rows.row import DRAWN, FIELDS, SCHEMAS, STRING, Row

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
        "the class `Painting` is gone",
        ((f"{DRAWN}/data/items", STRING), (f"{SCHEMAS}/Painting", GONE)),
        also=("response.field.type.changed", "pictures.removed"),
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
        "the class `Painting` is called `DrawnDataItem` now",
        ((f"{DRAWN}/data/items", _PICTURE), (f"{SCHEMAS}/Painting", GONE)),
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
        also=("response.field.values.opened",),
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
