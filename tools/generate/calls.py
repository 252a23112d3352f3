"""The functions of an operation, planned from what the generator made of it."""

from collections.abc import Iterator, Sequence
from typing import cast

from attrs import evolve
from openapi_python_client.config import Config
from openapi_python_client.parser.bodies import Body, BodyType
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties.model_property import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.schema import UntrustedString
from openapi_python_client.strings import PythonCode

from tools.generate import types
from tools.generate.encodings import part_types_of, styled_fields
from tools.generate.functions import Argument, Call, CallBody, Parameter, Switch
from tools.generate.models import Member, Models, text_of
from tools.generate.rules import is_nullable, media_types_of, rules_of, tuple_of
from tools.generate.view import EVENTS_STATUS, LOCATION, MEDIA_TYPE, OPTIONS
from tools.openapi import events
from tools.openapi.document import DocumentError, Node, node, nodes, resolve
from tools.openapi.events import STREAM_FIELD, named_switch, switch_in
from tools.openapi.media import JSON, is_text
from tools.openapi.names import Keywords, function_of, identifier
from tools.openapi.places import describe_pointer
from tools.openapi.schemas import DEFAULT, POINTER


class Calls:
    """The calls of a document's operations."""

    def __init__(self, document: Node, models: Models, config: Config) -> None:
        self._document = document
        self._models = models
        self._config = config

    def of(self, endpoint: Endpoint, raw: Node) -> Iterator[Call]:
        """Plan the functions of one operation."""
        bodies: list[Body | None] = [*endpoint.bodies] or [None]
        functions: list[str] = []
        for body in bodies:
            media_type = str(_content_of(body, raw)[MEDIA_TYPE]) if body else None
            function = function_of(str(endpoint.name), media_type, functions, self._config)
            functions.append(function)
            # If two would have one name, the path's keeps it, then the body's, and so on.
            keywords = Keywords()
            in_path = self._parameters(endpoint.path_parameters, "path", raw, keywords)
            content = self._body(body, raw, keywords)
            in_query = self._parameters(endpoint.query_parameters, "query", raw, keywords)
            in_header = self._parameters(endpoint.header_parameters, "header", raw, keywords)
            in_header += self._parameters(endpoint.cookie_parameters, "header", raw, keywords, lowered=True)
            in_cookies = self._parameters(endpoint.cookie_parameters, "cookie", raw, keywords)
            call = Call(
                function=function,
                constant=f"_{function.removesuffix('_')}".upper(),
                parameters=(*in_path, *in_query, *in_header, *in_cookies),
                body=content,
            )
            yield self._with_switch(call, body, raw) if EVENTS_STATUS in node(raw.get("responses")) else call

    def _with_switch(self, call: Call, body: Body | None, raw: Node) -> Call:
        """Return a call whose field that asks for events is no keyword.

        Raises:
            DocumentError: The document names a field that the call does not have.
        """
        if body and call.body and isinstance(body.prop, ModelProperty):
            found = switch_in(self._document, raw, self._models.schemas_of(body.prop))
            if found:
                attribute = self._models.attributes(body.prop)[found.name]
                members = self._models.members(body.prop)
                is_required = any(member.is_required for member in members if member.name == attribute)
                switch = _switch(found, attribute, is_required=is_required)
                kept = tuple(member for member in call.body.members if member.attribute != attribute)
                return evolve(call, body=evolve(call.body, members=kept, switch=switch))
        declared = {str(part["name"]): node(part.get("schema")) for part in nodes(raw.get("parameters"))}
        if found := switch_in(self._document, raw, declared):
            return evolve(call, parameters=tuple(_with_switch(parameter, found) for parameter in call.parameters))
        if named := named_switch(raw):
            raise DocumentError(
                f"{raw.get('operationId')}: {STREAM_FIELD} names {named[0]}, which {call.function} has not"
            )
        return call

    def _parameters(
        self, props: Sequence[PropertyProtocol], location: str, raw: Node, keywords: Keywords, *, lowered: bool = False
    ) -> list[Parameter]:
        declared = {
            part.get("name"): part
            for part in nodes(raw.get("parameters"))
            if part.get(LOCATION, part.get("in")) == location and (LOCATION in part) == lowered
        }
        named = [(prop, prop.name.get_untrusted_value()) for prop in props]
        return [self._parameter(prop, location, declared[name], keywords) for prop, name in named if name in declared]

    def _parameter(self, prop: PropertyProtocol, location: str, declared: Node, keywords: Keywords) -> Parameter:
        schema = resolve(self._document, declared.get("schema"))
        rules = [*(["rules.Required()"] if prop.required else []), *rules_of(self._document, schema)]
        name = identifier(prop.name, self._config)
        annotation = types.argument_type(prop)
        keyword = keywords.take(name, location)
        argument = Argument(
            keyword=keyword,
            attribute=name,
            value=keyword,
            type=PythonCode(annotation if prop.required else types.optional(annotation)),
            is_required=prop.required,
            description=text_of(declared.get("description", schema.get("description"))),
            server_default=text_of(schema.get(DEFAULT)),
            is_deprecated=declared.get("deprecated") is True,
        )
        has_parts = types.holds_list(prop) or bool(types.models_in(prop))
        options = [
            text
            for text, is_of_parts in cast("list[tuple[str, bool]]", declared[OPTIONS])
            if has_parts or not is_of_parts
        ]
        if types.models_in(prop) and "is_json=True" not in options:
            options.append("takes_object=True")
        return Parameter(
            argument,
            prop.name,
            location,
            rules=PythonCode(tuple_of(rules)) if rules else None,
            options=tuple(map(PythonCode, options)),
        )

    def _body(self, body: Body | None, raw: Node, keywords: Keywords) -> CallBody | None:
        if body is None:
            return None
        content = _content_of(body, raw)
        media_type = str(content[MEDIA_TYPE])
        encoding = PythonCode(self._encoding(body, media_type, content))
        if isinstance(body.prop, ModelProperty):
            members = self._models.members(body.prop)
            if body.prop.required or not any(member.is_required for member in members):
                is_json = body.body_type == BodyType.JSON
                arguments = tuple(
                    _argument(member, keywords, is_json=is_json) for member in members if member.is_argument
                )
                model = str(body.prop.class_info.name)
                return CallBody(encoding, model, arguments, None, body.prop.required, is_object=True)
        elif body.body_type in (BodyType.FILES, BodyType.DATA) and not _is_of_models(body.prop):
            place = describe_pointer(node(content.get("schema"))[POINTER])
            raise DocumentError(f"{place}: a body of {media_type} has to be an object; an overlay can make it one")
        return self._whole_body(body, encoding, content, keywords)

    def _whole_body(self, body: Body, encoding: PythonCode, content: Node, keywords: Keywords) -> CallBody:
        """Plan a body that is one value, or an object that may be left out as a whole."""
        schema = resolve(self._document, content.get("schema"))
        rules = rules_of(self._document, schema)
        annotation = types.argument_type(body.prop)
        is_form = body.body_type in (BodyType.FILES, BodyType.DATA)
        is_model = is_form or isinstance(body.prop, ModelProperty)
        if body.body_type == BodyType.CONTENT and is_text(str(content[MEDIA_TYPE])):
            rules, annotation = [], f"str | {annotation}"
        if body.body_type == BodyType.JSON and not is_model and is_nullable(self._document, schema):
            annotation = types.or_null(PythonCode(annotation)).as_unembedded_code()
        keyword = keywords.take("body", "body")
        argument = Argument(
            keyword=keyword,
            attribute="body",
            value=keyword,
            type=PythonCode(annotation if body.prop.required else types.optional(annotation)),
            is_required=body.prop.required,
            description=text_of(schema.get("description")),
            server_default=text_of(schema.get(DEFAULT)),
            is_deprecated=schema.get("deprecated") is True,
        )
        return CallBody(
            encoding,
            None,
            (argument,),
            PythonCode(tuple_of(rules)) if rules and not is_model else None,
            body.prop.required,
            is_object=is_model,
        )

    def _encoding(self, body: Body, media_type: str, content: Node) -> str:
        if body.body_type == BodyType.DATA:
            return f"FormBody({styled_fields(self._document, content, 'query')})"
        if body.body_type == BodyType.CONTENT:
            return f"{'TextBody' if is_text(media_type) else 'FileBody'}({media_type!r})"
        if body.body_type == BodyType.JSON:
            kind = "JsonBody" if isinstance(body.prop, ModelProperty) else "JsonValueBody"
            return f"{kind}()" if media_type == JSON else f"{kind}({media_type!r})"
        media_types = media_types_of(self._document, content.get("schema"), content.get("encoding"))
        styled = styled_fields(self._document, content, "part", media_types)
        part_types = part_types_of(self._document, content, media_types)
        props = self._models.properties(body.prop) if isinstance(body.prop, ModelProperty) else []
        alternatives = [prop.name.get_untrusted_value() for prop in props if types.is_file_or_other(prop)]
        options = [f"alternatives={tuple_of(map(repr, alternatives))}"] if alternatives else []
        options += [f"part_types={part_types!r}"] if part_types else []
        options += [f"styled={styled}"] if styled else []
        return f"MultipartBody({', '.join([repr(media_types), *options])})"


def _content_of(body: Body, raw: Node) -> Node:
    content = node(node(raw.get("requestBody")).get("content"))
    return node(content[body.content_type.get_untrusted_value()])


def _switch(found: events.Switch, attribute: str, *, is_required: bool) -> Switch:
    off = PythonCode(repr(found.off)) if is_required else None
    return Switch(attribute, UntrustedString(found.name), PythonCode(repr(found.on)), off)


def _with_switch(parameter: Parameter, found: events.Switch) -> Parameter:
    if parameter.wire_name.get_untrusted_value() != found.name:
        return parameter
    argument = parameter.argument
    return evolve(parameter, switch=_switch(found, argument.keyword, is_required=argument.is_required))


def _is_of_models(prop: PropertyProtocol) -> bool:
    """Return whether a value is one of several models, and nothing else."""
    models = {types.in_models(str(model.class_info.name)) for model in types.models_in(prop)}
    return bool(models) and not types.holds_list(prop) and set(types.response_members(prop)) == models


def _argument(member: Member, keywords: Keywords, *, is_json: bool) -> Argument:
    keyword = keywords.take(member.name, "body")
    return Argument(
        keyword=keyword,
        attribute=member.name,
        value=f"as_list({keyword})" if member.is_kept_list else keyword,
        type=types.or_null(member.argument_type) if is_json and member.sends_null else member.argument_type,
        is_required=member.is_required,
        description=member.description,
        server_default=member.server_default,
        is_deprecated=member.is_deprecated,
    )
