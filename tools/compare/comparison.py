"""How two documents differ for the users of the client."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from attrs import evolve

from tools.compare.branches import Branch, Site
from tools.compare.changes import Change, quoted
from tools.compare.contract import Contract
from tools.compare.event_changes import compare_event_functions, compare_events
from tools.compare.exports import Export, Role, exports_of, files_of
from tools.compare.findings import Findings, Subject
from tools.compare.image_changes import compare_images
from tools.compare.keys import compare_security
from tools.compare.operations import Call, Keyword, Operation, Response
from tools.compare.styles import words_of_style
from tools.compare.tree import tree_of
from tools.compare.values import compare_models, compare_sent, compare_values, compare_whole
from tools.openapi.cost import Cost
from tools.openapi.document import DocumentError, Node, node
from tools.openapi.media import Kind, kind_of


def compare(old: Node, new: Node) -> tuple[Change, ...]:
    """Return how a document differs from an older one, in the words of the client's user.

    Texts, examples, titles and order are no difference, nor is the way in which a schema says
    what it says.

    Args:
        old: What callers and readers were written for.
        new: What they would meet.

    Returns:
        The changes: what breaks somebody's work first, otherwise in the document's order.

    Raises:
        DocumentError: One of the documents is invalid.
    """
    try:
        before, now = (Contract(node(tree_of(document))) for document in (old, new))
        exports = exports_of(before), exports_of(now)
        found = Findings(before, now, frozenset(exports[0]), frozenset(exports[1]))
        _compare_operations(found)
        found.look()
        _compare_exports(found, *exports)
    except RecursionError as error:
        raise DocumentError("its schemas are nested too deep to compare") from error
    return tuple(sorted(found.changes, key=lambda change: change.breaks is None))


def _compare_operations(found: Findings) -> None:
    pairs = list(_pairs(found.old.operations, found.new.operations))
    for operation in found.old.operations:
        if not any(operation is old for old, _ in pairs):
            found.add("operation.removed", _subject(operation), _shown(operation), None)
    for operation in found.new.operations:
        if not any(operation is new for _, new in pairs):
            found.add("operation.added", _subject(operation), None, _shown(operation))
    for old, new in pairs:
        _compare_operation(found, old, new)


def _pairs(old: Sequence[Operation], new: Sequence[Operation]) -> Iterator[tuple[Operation, Operation]]:
    """Yield the operations that are the same: by their ids, else by method and path."""
    by_id = {operation.id: operation for operation in old}
    same = [(by_id[operation.id], operation) for operation in new if operation.id in by_id]
    yield from same
    left = {_place(operation): operation for operation in old if all(operation is not one for one, _ in same)}
    for operation in new:
        if operation.id not in by_id and _place(operation) in left:
            yield left[_place(operation)], operation


def _place(operation: Operation) -> tuple[str, str]:
    # What a parameter of the path is called makes no difference to the server.
    return operation.method, re.sub(r"\{[^{}]*\}", "{}", operation.path)


def _shown(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _subject(operation: Operation, pointer: str = "") -> Subject:
    return Subject.function(operation.function, pointer or operation.pointer)


def _compare_operation(found: Findings, old: Operation, new: Operation) -> None:
    subject = _subject(new)
    if old.function != new.function:
        found.add("operation.renamed", subject, old.function, new.function)
    if old.is_deprecated != new.is_deprecated:
        change = "deprecated" if new.is_deprecated else "undeprecated"
        found.add(f"operation.{change}", subject, old.is_deprecated, new.is_deprecated)
    if old.module != new.module:
        found.add("operation.module", subject, old.module, new.module)
    if old.method != new.method:
        found.add("operation.method", subject, old.method, new.method)
    _compare_costs(found, subject, old.cost, new.cost)
    _compare_urls(found, subject, old, new)
    compare_security(found, _of_all(subject, old.security.pointer, new.security.pointer), old, new)
    _compare_calls(found, subject, old, new)
    _compare_responses(found, subject, old, new)
    _compare_errors(found, subject, old, new)


def _compare_costs(found: Findings, subject: Subject, old: Cost, new: Cost) -> None:
    if old.is_billed != new.is_billed:
        found.add(f"operation.{'billed' if new.is_billed else 'free'}", subject, old.is_billed, new.is_billed)
    if old.is_idempotent != new.is_idempotent:
        kind = "idempotent" if new.is_idempotent else "not_idempotent"
        found.add(f"operation.{kind}", subject, old.is_idempotent, new.is_idempotent)


def _compare_urls(found: Findings, subject: Subject, old: Operation, new: Operation) -> None:
    """Compare server and path; what only goes from one into the other changes no URL."""
    before, now = _place(old)[1], _place(new)[1]
    if before != now and not (_has_moved(before, now, new.server) or _has_moved(now, before, old.server)):
        found.add("operation.path", subject, old.path, new.path)
    if old.server != new.server:
        is_same_url = old.server + before == new.server + now
        kind = "unnamed" if not new.server else "named" if not old.server else "prefix" if is_same_url else "changed"
        about = _of_all(subject, old.server_pointer, new.server_pointer)
        found.add(f"server.{kind}", about, old.server, new.server)


def _has_moved(path: str, rest: str, server: str) -> bool:
    """Return whether the beginning of a path is the end of a server's URL."""
    return path.endswith(rest) and server.endswith(path.removesuffix(rest))


def _of_all(subject: Subject, old_pointer: str, pointer: str) -> Subject:
    """Return the subject of a change that both documents state once for all operations, else the operation."""
    is_shared = not old_pointer.startswith("#/paths") and not pointer.startswith("#/paths")
    return Subject("Client", "every call", subject.role, pointer, "") if is_shared else subject.at(pointer)


def _compare_calls(found: Findings, subject: Subject, old: Operation, new: Operation) -> None:
    _compare_call(found, subject, old.calls[0], new.calls[0])
    before, now = ({_media_type(call): call for call in operation.calls[1:]} for operation in (old, new))
    for media_type, call in before.items():
        if media_type in now:
            _compare_call(found, Subject.function(now[media_type].function, call.pointer), call, now[media_type])
        else:
            gone = Subject.function(call.function, call.pointer)
            found.add("request.media_type.removed", gone, media_type, None)
    for media_type, call in now.items():
        if media_type not in before:
            found.add("request.media_type.added", Subject.function(call.function, call.pointer), None, media_type)


def _media_type(call: Call) -> str | None:
    return call.media_type and _plain(call.media_type)


def _plain(media_type: str) -> str:
    return ";".join(part.strip() for part in media_type.lower().split(";"))


def _compare_call(found: Findings, subject: Subject, old: Call, new: Call) -> None:
    before, now = _media_type(old), _media_type(new)
    if before != now:
        kind = "body.added" if before is None else "body.removed" if now is None else "media_type.changed"
        found.add(f"request.{kind}", subject, before, now)
    if old.function != new.function and subject.place != new.function:
        found.add("operation.renamed", subject, old.function, new.function)
    if old.body is not None and new.body is not None and old.needs_body != new.needs_body:
        need = "required" if new.needs_body else "optional"
        found.add(f"request.body.{need}", subject, old.needs_body, new.needs_body)
    compare_event_functions(found, subject, old, new)
    if old.body is not None and new.body is not None:
        _compare_bodies(found, subject, old.body, new.body)

    def subject_of(keyword: Keyword) -> Subject:
        return Subject.keyword(new.function, keyword.keyword, keyword.site.pointer)

    moved = _moved(old, new)
    for keyword, target in moved.items():
        found.add("request.parameter.moved", subject_of(target), keyword.location, target.location)
    followed = [
        evolve(keyword, location=moved[keyword].location) if keyword in moved else keyword for keyword in old.keywords
    ]
    compare_sent(found, subject_of, followed, new.keywords)
    are_forms = _is_form(old) and _is_form(new)
    targets = {keyword.key: keyword for keyword in new.keywords}
    for keyword in followed:
        if keyword.key in targets and (keyword.location != "body" or are_forms):
            _compare_writing(found, subject_of(targets[keyword.key]), keyword, targets[keyword.key])


def _moved(old: Call, new: Call) -> dict[Keyword, Keyword]:
    """Return the keywords that go elsewhere under the same name."""
    before, now = {keyword.key for keyword in old.keywords}, {keyword.key for keyword in new.keywords}
    came = {keyword.wire_name.lower(): keyword for keyword in new.keywords if keyword.key not in before}
    gone = [keyword for keyword in old.keywords if keyword.key not in now]
    return {keyword: came[name] for keyword in gone if (name := keyword.wire_name.lower()) in came}


def _is_form(call: Call) -> bool:
    return call.media_type is not None and kind_of(call.media_type) in (Kind.MULTIPART, Kind.FORM)


def _compare_writing(found: Findings, subject: Subject, old: Keyword, new: Keyword) -> None:
    """Compare how a value that goes to the same place is written."""
    if old.media_type != new.media_type:
        words = [quoted(part.media_type) if part.media_type else "no type of its own" for part in (old, new)]
        found.add("request.part.content_type", subject, old.media_type, new.media_type, names=words[1], before=words[0])
    if old.style != new.style:
        kind = "request.part.encoding" if new.location == "body" else "request.parameter.style"
        found.add(
            kind, subject, old.style, new.style, names=words_of_style(new.style), before=words_of_style(old.style)
        )


def _compare_bodies(found: Findings, subject: Subject, old: Site, new: Site) -> None:
    """Compare two bodies but for their members, which are keywords."""
    [before], [now] = found.old.shapes.of(old).branches, found.new.shapes.of(new).branches
    found.renamed[before.class_name] = now.class_name
    found.later(("request", before.pointer, now.pointer), partial(compare_whole, found, subject, before, now))


def _compare_responses(found: Findings, subject: Subject, old: Operation, new: Operation) -> None:
    gone = [response for status, response in old.responses.items() if status not in new.responses]
    came = [response for status, response in new.responses.items() if status not in old.responses]
    pairs = [(response, new.responses[status]) for status, response in old.responses.items() if status in new.responses]
    if len(gone) == len(came) == 1:
        found.add("response.status.changed", subject.at(came[0].pointer), gone[0].status, came[0].status)
        pairs.append((gone.pop(), came.pop()))
    for response in gone:
        found.add("response.status.removed", subject.at(response.pointer), response.status, None)
    known = {_type(found.old, response) for response in old.responses.values()}
    for response in came:
        text = _type(found.new, response)
        kind = "response.status.added.same" if text in known else "response.status.added"
        found.add(kind, subject.at(response.pointer), None, response.status, type=quoted(text))
    for one, other in pairs:
        _compare_response(found, subject.at(other.pointer), one, other)
    compare_images(found, subject, old, new)
    compare_events(found, subject, old, new)
    _compare_files(found, subject, files_of(old), files_of(new))


def _compare_files(found: Findings, subject: Subject, old: str | None, new: str | None) -> None:
    if old and new and old != new:
        found.add("files.media_type", subject, old, new)
    elif old != new:
        found.add(f"files.{'added' if new else 'removed'}", subject, old, new)


def _type(contract: Contract, response: Response) -> str:
    return contract.shapes.type_of(response.site) if response.site else str(response.fixed_type)


def _compare_response(found: Findings, subject: Subject, old: Response, new: Response) -> None:
    chosen = {old.media_type, new.media_type}
    if old.media_type and new.media_type and _plain(old.media_type) != _plain(new.media_type):
        found.add("response.media_type", subject, old.media_type, new.media_type)
    elif old.media_type and new.media_type and old.is_range != new.is_range:
        found.add(f"response.media_type.{'opened' if new.is_range else 'closed'}", subject, *map(_range, (old, new)))
    for kind, names in (("added", {*new.others} - {*old.others}), ("removed", {*old.others} - {*new.others})):
        for name in sorted(names - chosen):
            values = (None, name) if kind == "added" else (name, None)
            found.add(f"response.media_type.{kind}", subject, *values)
    _compare_headers(found, subject, "response", old, new)
    if old.site is not None and new.site is not None:
        returned = Subject.function(subject.place, new.site.pointer, "response")
        compare_values(found, returned, old.site, new.site)
    elif (before := _type(found.old, old)) != (now := _type(found.new, new)):
        found.add("response.type.changed", subject, before, now)


def _range(response: Response) -> str:
    return "any media type" if response.is_range else str(response.media_type)


def _compare_headers(found: Findings, subject: Subject, kind: str, old: Response, new: Response) -> None:
    for key, name in old.headers.items():
        if key not in new.headers:
            found.add(f"{kind}.header.removed", subject, name, None)
    for key, name in new.headers.items():
        if key not in old.headers:
            found.add(f"{kind}.header.added", subject, None, name)


def _compare_errors(found: Findings, subject: Subject, old: Operation, new: Operation) -> None:
    for status, response in old.errors.items():
        if status not in new.errors:
            found.add("error.status.removed", subject.at(response.pointer), status, None)
    for status, response in new.errors.items():
        if status not in old.errors:
            found.add("error.status.added", subject.at(response.pointer), None, status)
        else:
            _compare_headers(found, subject.at(response.pointer), "error", old.errors[status], response)
            _compare_error_bodies(found, old.errors[status], response)


def _compare_error_bodies(found: Findings, old: Response, new: Response) -> None:
    """Compare the classes of error bodies by their names: no call returns one, but the package exports them."""
    if old.site is not None and new.site is not None:
        before, now = found.old.shapes.of(old.site).branches, found.new.shapes.of(new.site).branches
        if [branch.type for branch in before] == [branch.type for branch in now] == ["object"]:
            _compare_classes(found, before[0], now[0], "response")


def _compare_classes(found: Findings, old: Branch, new: Branch, role: Role) -> None:
    found.renamed[old.class_name] = new.class_name
    found.later((role, old.pointer, new.pointer), partial(compare_models, found, old, new, role))


def _compare_exports(found: Findings, before: Mapping[str, Export], now: Mapping[str, Export]) -> None:
    # Classes of a name that stood at no place which both documents have.
    for name in before:
        if name in now and before[name].kind == now[name].kind == "model":
            for role in sorted(before[name].roles & now[name].roles):
                _compare_classes(found, before[name].branch, now[name].branch, role)
    found.look()
    renamed = {old: new for old, new in found.renamed.items() if _is_renamed(before, now, old, new)}
    for name, export in before.items():
        if name not in now:
            change = f"{'renamed' if name in renamed else 'removed'}.{'read' if 'response' in export.roles else 'sent'}"
            found.add(f"{export.kind}.{change}", _exported(export, renamed.get(name, name)), name, renamed.get(name))
    for name, export in now.items():
        if name not in before and name not in renamed.values():
            found.add(f"{export.kind}.added", _exported(export, name), None, name)


def _is_renamed(before: Mapping[str, Export], now: Mapping[str, Export], old: str, new: str) -> bool:
    return old not in now and new not in before and old in before and new in now


def _exported(export: Export, name: str) -> Subject:
    return Subject(name, quoted(name), "response", export.branch.pointer, "")
