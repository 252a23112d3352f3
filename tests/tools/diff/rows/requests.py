"""What a call sends."""

from tests.support.edits import GONE
from tests.tools.diff.rows.row import DRAW, FIELDS, SCHEMAS, STRING, Row, keyword

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
        f"{keyword('scale')} has to be given (was optional)",
        ((f"{SCHEMAS}/DrawRequest/required/-", "scale"),),
    ),
    Row(
        "request.field.optional",
        None,
        f"{keyword('title')} is optional (was required)",
        ((f"{SCHEMAS}/DrawRequest/required/1", GONE),),
    ),
    Row(
        "request.field.null.added",
        None,
        f"{keyword('title')} takes `None` for null now",
        ((f"{FIELDS}/title/type", ["string", "null"]),),
    ),
    Row(
        "request.field.null.removed",
        "callers",
        f"{keyword('caption')} does not take `None` for null any more",
        ((f"{FIELDS}/caption", STRING),),
    ),
    Row(
        "request.field.type.changed",
        "callers",
        f"{keyword('count')} takes `str` (was `int`)",
        ((f"{FIELDS}/count", {"type": "string", "default": 1}),),
    ),
    Row(
        "request.field.type.widened",
        None,
        f"{keyword('scale')} takes `float | str` (was only `float`)",
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
        f"{keyword('model')} accepts only `m1` (was any `str`)",
        ((f"{FIELDS}/model", {"type": "string", "enum": ["m1"]}),),
    ),
    Row(
        "request.field.values.opened",
        None,
        f"{keyword('style')} accepts any `str` (was only `oil` and `ink`)",
        ((f"{FIELDS}/style/enum", GONE),),
        also=("alias.removed.sent",),
    ),
    Row(
        "request.field.known_values",
        None,
        f"{keyword('model')} names `m2` as known values (was `m1`); others may do",
        ((f"{FIELDS}/model/anyOf/1/enum", ["m2"]),),
    ),
    Row(
        "request.field.rule.added",
        "callers",
        f"{keyword('title')} is limited to at least 2 characters (was not limited)",
        ((f"{FIELDS}/title/minLength", 2),),
    ),
    Row(
        "request.field.rule.removed",
        None,
        f"{keyword('picture')} is not limited to square images any more",
        ((f"{FIELDS}/picture/x-square", GONE),),
    ),
    Row(
        "request.field.rule.tightened",
        "callers",
        f"{keyword('count')} accepts at most 9 (was 10)",
        ((f"{FIELDS}/count/anyOf/0/maximum", 9),),
    ),
    Row(
        "request.field.rule.loosened",
        None,
        f"{keyword('picture')} accepts at most 2000 octets (was 1000)",
        ((f"{FIELDS}/picture/maxLength", 2000),),
    ),
    Row(
        "request.field.rule.changed",
        "callers",
        f"{keyword('title')} accepts text that matches `^[a-y]+$` (was `^[a-z]+$`)",
        ((f"{FIELDS}/title/pattern", "^[a-y]+$"),),
    ),
    Row(
        "request.field.default.changed",
        "callers",
        f"{keyword('style')} is `ink` if it is not given (was `oil`)",
        ((f"{FIELDS}/style/default", "ink"),),
    ),
    Row(
        "request.field.default.added",
        None,
        f"{keyword('scale')} is 2 if it is not given; no default was documented",
        ((f"{FIELDS}/scale/default", 2),),
    ),
    Row(
        "request.field.default.removed",
        None,
        f"{keyword('style')} has no documented default any more (was `oil`)",
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
