"""What of the API's document would break a client that was written against the last one. Pure.

A client breaks when something it sends is no longer taken, or something it reads is no longer given: an operation, an
answer's status or its media type, a member, a value of an enumeration that it sends, a narrower type. Additions are
no break: new operations, optional parameters and members, new members of answers, new problem codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Document = Mapping[str, Any]
_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options")
_UPPER: Final = ("maxLength", "maximum", "maxItems", "exclusiveMaximum")
_LOWER: Final = ("minLength", "minimum", "minItems", "exclusiveMinimum")
_DEEPEST: Final = 24


def breaks(old: Document, new: Document) -> list[str]:
    """Every breaking change from `old` to `new`, each as one line that names the operation and the place."""
    found = []
    for path, operations in old["paths"].items():
        for method in (one for one in _METHODS if one in operations):
            name = f"{method.upper()} {path}"
            then, now = operations[method], new["paths"].get(path, {}).get(method)
            if now is None:
                found.append(f"{name}: removed")
            else:
                found += [f"{name}: {one}" for one in _operation(then, now, Sides(old, new))]
    return found


class Sides:
    """The two documents, to follow references in each."""

    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = old, new

    def resolved(self, then: Any, now: Any) -> tuple[Any, Any]:
        return _follow(self._old, then), _follow(self._new, now)


def _follow(document: Document, node: Any) -> Any:
    while isinstance(node, Mapping) and "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def _operation(then: Document, now: Document, sides: Sides) -> Iterator[str]:
    if then.get("operationId") != now.get("operationId"):
        yield f"operationId {then.get('operationId')} became {now.get('operationId')}"
    if not then.get("security", True) and now.get("security"):
        yield "signing in is now required"
    yield from _parameters(then, now, sides)
    yield from _request(then, now, sides)
    yield from _answers(then, now, sides)


def _parameters(then: Document, now: Document, sides: Sides) -> Iterator[str]:
    before = {(one["in"], one["name"]): one for one in then.get("parameters", ())}
    after = {(one["in"], one["name"]): one for one in now.get("parameters", ())}
    for (place, name), one in before.items():
        other = after.get((place, name))
        where = f"{place} parameter {name}"
        if other is None:
            yield f"{where} removed"
            continue
        if other.get("required") and not one.get("required"):
            yield f"{where} became required"
        yield from _sent(one.get("schema", {}), other.get("schema", {}), sides, where)
    for (place, name), one in after.items():
        if (place, name) not in before and one.get("required"):
            yield f"{place} parameter {name} added and required"


def _request(then: Document, now: Document, sides: Sides) -> Iterator[str]:
    before, after = then.get("requestBody"), now.get("requestBody")
    if before is None:
        if after is not None and after.get("required"):
            yield "a body is now required"
        return
    if after is None:
        yield "body no longer taken"
        return
    if after.get("required") and not before.get("required"):
        yield "the body became required"
    for media, content in before["content"].items():
        if media not in after["content"]:
            yield f"body as {media} no longer taken"
        else:
            yield from _sent(content.get("schema", {}), after["content"][media].get("schema", {}), sides, "body")


def _answers(then: Document, now: Document, sides: Sides) -> Iterator[str]:
    for status, answer in then["responses"].items():
        other = now["responses"].get(status)
        if other is None:
            yield f"answer {status} removed"
            continue
        for code in set(answer.get("x-problem-codes", ())) - set(other.get("x-problem-codes", ())):
            yield f"problem {code} of {status} removed"
        for name in set(answer.get("headers", ())) - set(other.get("headers", ())):
            yield f"header {name} of {status} removed"
        for media, content in answer.get("content", {}).items():
            if media not in other.get("content", {}):
                yield f"answer {status} as {media} removed"
                continue
            given = other["content"][media].get("schema", {})
            yield from _given(content.get("schema", {}), given, sides, f"answer {status}")


def _types(schema: Any) -> set[str]:
    """JSON types that a schema takes, alternatives joined; empty where it says nothing."""
    said = schema.get("type")
    found = {said} if isinstance(said, str) else set(said or ())
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= _types(option)
    return found | ({"integer"} if "number" in found else set())


def _options(schema: Any) -> list[Any]:
    """The alternatives of a schema that are more than null, or the schema itself."""
    options = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return [one for one in options if one.get("type") != "null"] or [schema]


def _pairs(then: Any, now: Any, sides: Sides) -> tuple[Any, Any]:
    """Both schemas with references followed; where each has one alternative beside null, that one."""
    then, now = sides.resolved(then, now)
    before, after = _options(then), _options(now)
    if len(before) == 1 and len(after) == 1:
        return sides.resolved(before[0], after[0])
    return then, now


def _sent(then: Any, now: Any, sides: Sides, where: str, depth: int = 0) -> Iterator[str]:
    """What a client sends: the new schema must take all that the old one took."""
    outer_then, outer_now = sides.resolved(then, now)
    lost = _types(outer_then) - _types(outer_now) if _types(outer_now) else set()
    if lost:
        yield f"{where} no longer takes {', '.join(sorted(lost))}"
    then, now = _pairs(outer_then, outer_now, sides)
    yield from _narrowed(then, now, where)
    if depth > _DEEPEST:
        return
    before, after = then.get("properties", {}), now.get("properties", {})
    for name in before:
        if name in after:
            yield from _sent(before[name], after[name], sides, f"{where}/{name}", depth + 1)
        elif now.get("additionalProperties") is False:
            yield f"{where}/{name} no longer taken"
    for name in sorted(set(now.get("required", ())) - set(then.get("required", ()))):
        yield f"{where}/{name} became required"
    if "items" in then and "items" in now:
        yield from _sent(then["items"], now["items"], sides, f"{where}/*", depth + 1)


def _narrowed(then: Any, now: Any, where: str) -> Iterator[str]:
    if "enum" in now or "const" in now:
        taken = now.get("enum", [now.get("const")])
        gone = [one for one in then.get("enum", [then["const"]] if "const" in then else []) if one not in taken]
        if gone or not ("enum" in then or "const" in then):
            yield f"{where} no longer takes {', '.join(map(str, gone)) or 'any value'}"
    for limit in _UPPER:
        if limit in now and (limit not in then or now[limit] < then[limit]):
            yield f"{where} {limit} lowered to {now[limit]}"
    for limit in _LOWER:
        if limit in now and now[limit] > then.get(limit, 0 if limit in ("minLength", "minItems") else float("-inf")):
            yield f"{where} {limit} raised to {now[limit]}"
    if now.get("pattern") is not None and now.get("pattern") != then.get("pattern"):
        yield f"{where} pattern changed"


def _given(then: Any, now: Any, sides: Sides, where: str, depth: int = 0) -> Iterator[str]:
    """What a client reads: the new schema must give nothing that the old one did not announce."""
    outer_then, outer_now = sides.resolved(then, now)
    added = _types(outer_now) - _types(outer_then) if _types(outer_then) else set()
    if added:
        yield f"{where} may now be {', '.join(sorted(added))}"
    then, now = _pairs(outer_then, outer_now, sides)
    if depth > _DEEPEST:
        return
    for name, schema in then.get("properties", {}).items():
        if name not in now.get("properties", {}):
            yield f"{where}/{name} no longer given"
            continue
        if name in then.get("required", ()) and name not in now.get("required", ()):
            yield f"{where}/{name} may now be missing"
        yield from _given(schema, now["properties"][name], sides, f"{where}/{name}", depth + 1)
    if "items" in then and "items" in now:
        yield from _given(then["items"], now["items"], sides, f"{where}/*", depth + 1)
    if then.get("format") != now.get("format"):
        yield f"{where} format {then.get('format')} became {now.get('format')}"
