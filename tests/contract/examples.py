"""A body every endpoint's schema allows, and the many ways to spoil it; made from the schemas alone."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Final

import msgspec
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

Schema = Mapping[str, Any]

_BY_FORMAT: Final = {
    "uuid": "019a8a3e-6a43-7c1e-9c62-0d7f5a1b2c3d",
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
}
_DEEP: Final = "@deep@"
_HUGE: Final = "@huge@"
_TYPES: Final[Mapping[str, Any]] = {
    "null": None, "boolean": True, "integer": 3, "number": 1.5, "string": "x", "array": [], "object": {},
}  # fmt: skip


@dataclass(frozen=True)
class Spoiled:
    """A body that has to be refused; `pointer` is where, None when it cannot even be read or the fault is nowhere."""

    how: str
    body: bytes
    pointer: str | None = None
    content_type: str | None = "application/json"


@cache
def schema_of(shape: type[Any]) -> tuple[Schema, Mapping[str, Schema]]:
    """The JSON Schema of a type, and the ones it refers to."""
    (schema,), components = msgspec.json.schema_components([shape], ref_template="{name}")
    return schema, components


def example(shape: type[Any]) -> Any:
    """A value of this type with every optional field."""
    return _example(*schema_of(shape))


def spoiled(shape: type[Any]) -> Iterator[Spoiled]:
    """Bodies that are one fault away from the example."""
    whole = example(shape)
    yield from _unreadable(_written(whole))
    for pointer, how, value in _faults(*schema_of(shape), whole, ""):
        yield Spoiled(f"{how} at {pointer or 'the top'}", _written(_with(whole, pointer, value)), pointer)


def _unreadable(fine: bytes) -> Iterator[Spoiled]:
    yield Spoiled("nothing", b"")
    yield Spoiled("cut off", fine[:-1])
    yield Spoiled("followed by more", fine + b"}")
    yield Spoiled("with a byte order mark", b"\xef\xbb\xbf" + fine)
    yield Spoiled("in UTF-16", fine.decode().encode("utf-16"))
    yield Spoiled("not UTF-8", b'{"\xff\xfe": 1}')
    yield Spoiled("not a number", b'{"x": NaN}')
    yield Spoiled("nested too deep", b"[" * 10_000 + b"]" * 10_000)
    yield Spoiled("an unknown name a megabyte long", b'{"' + b"x" * 1_000_000 + b'": 1}')
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None):
        yield Spoiled(f"as {media_type}", fine, content_type=media_type)


def _faults(
    schema: Schema, components: Mapping[str, Schema], value: Any, pointer: str
) -> Iterator[tuple[str, str, Any]]:
    """(pointer, what is wrong, the wrong value) for this place and all below it."""
    branches = _branches(schema, components)
    allowed = {name for branch in branches for name in _types_of(branch)}
    if allowed:
        for name, other in _TYPES.items():
            if name not in allowed and not (name == "integer" and "number" in allowed):
                yield pointer, f"{name} instead of {' or '.join(sorted(allowed))}", other
        yield pointer, "nested too deep", _DEEP
    branch = next((each for each in branches if _types_of(each) != {"null"}), {})
    kinds = _types_of(branch)
    if isinstance(value, str) and "string" in kinds:
        yield from ((pointer, how, wrong) for how, wrong in _wrong_strings(branch, value))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from ((pointer, how, wrong) for how, wrong in _wrong_numbers(branch))
    elif isinstance(value, list):
        yield from _wrong_lists(branch, components, value, pointer)
    elif isinstance(value, dict):
        yield from _wrong_objects(branch, components, value, pointer)


def _wrong_strings(schema: Schema, value: str) -> Iterator[tuple[str, Any]]:
    yield "NUL", value + "\0"
    yield "a lone surrogate", value + "\ud800"
    # One with a limit is past it by one; one without must not be there.
    yield "too long", "x" * (schema.get("maxLength", 1_000_000) + 1)


def _wrong_numbers(schema: Schema) -> Iterator[tuple[str, Any]]:
    yield "10^400", _HUGE
    yield "-10^400", f"-{_HUGE}"
    yield "infinity", math.inf
    if "minimum" in schema:
        yield "less than the least", schema["minimum"] - 1
    if "maximum" in schema:
        yield "more than the most", schema["maximum"] + 1


def _wrong_lists(
    schema: Schema, components: Mapping[str, Schema], value: list[Any], pointer: str
) -> Iterator[tuple[str, str, Any]]:
    if schema.get("minItems"):
        yield pointer, "nothing in it", []
    yield pointer, "too many", value[:1] * (schema.get("maxItems", 1_000_000 // len(json.dumps(value[0]) + ", ")) + 1)
    yield from _faults(schema["items"], components, value[0], f"{pointer}/0")


def _wrong_objects(
    schema: Schema, components: Mapping[str, Schema], value: dict[str, Any], pointer: str
) -> Iterator[tuple[str, str, Any]]:
    properties = schema.get("properties", {})
    if schema.get("additionalProperties") is False:
        yield f"{pointer}/no_such_field", "an unknown field", 1
    for name in schema.get("required", ()):
        yield f"{pointer}/{name}", "a field missing", ...
    for name, inner in value.items():
        below = properties.get(name, schema.get("additionalProperties"))
        if isinstance(below, Mapping):
            yield from _faults(below, components, inner, f"{pointer}/{name}")


def _example(schema: Schema, components: Mapping[str, Schema]) -> Any:
    schema = next(each for each in _branches(schema, components) if _types_of(each) != {"null"})
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return next(each for each in schema["enum"] if each is not None)
    match schema.get("type"):
        case "object":
            fields = {name: _example(each, components) for name, each in schema.get("properties", {}).items()}
            others = schema.get("additionalProperties")
            return fields | ({"a": _example(others, components)} if isinstance(others, Mapping) else {})
        case "array":
            return [_example(schema["items"], components) for _ in range(max(1, schema.get("minItems", 0)))]
        case "string":
            return _string(schema)
        case "integer" | "number":
            return min(max(1, schema.get("minimum", 1)), schema.get("maximum", math.inf))
        case "boolean":
            return True
        case _:
            return "x"


def _string(schema: Schema) -> str:
    if schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    least, most = schema.get("minLength", 0), schema.get("maxLength", 1_000)
    if "pattern" not in schema:
        return "x" * max(1, least)
    return _matching(schema["pattern"], max(1, least), most)


@cache
def _matching(pattern: str, least: int, most: int) -> str:
    """Some text of this pattern, always the same; looking for the simplest one would take seconds."""
    texts = st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="ascii"))
    once = settings(database=None, phases=[Phase.generate])
    return find(texts, lambda text: least <= len(text) <= most, settings=once, random=Random(0))


def _branches(schema: Schema, components: Mapping[str, Schema]) -> list[Schema]:
    """The alternatives a schema gives, references followed."""
    if "$ref" in schema:
        return _branches(components[schema["$ref"]], components)
    if "anyOf" in schema:
        return [branch for each in schema["anyOf"] for branch in _branches(each, components)]
    return [schema]


def _types_of(schema: Schema) -> set[str]:
    if "enum" in schema:
        return {_type_of(each) for each in schema["enum"]}
    if "const" in schema:
        return {_type_of(schema["const"])}
    found = schema.get("type", [])
    return {found} if isinstance(found, str) else set(found)


def _type_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return {int: "integer", float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def _with(whole: Any, pointer: str, value: Any) -> Any:
    """A copy with another value at the pointer; `...` takes the field away."""
    if not pointer:
        return value
    name, _, rest = pointer[1:].partition("/")
    copy = list(whole) if isinstance(whole, list) else dict(whole)
    key: Any = int(name) if isinstance(copy, list) else name
    if rest:
        copy[key] = _with(copy[key], f"/{rest}", value)
    elif value is ...:
        del copy[key]
    else:
        copy[key] = value
    return copy


def _written(value: Any) -> bytes:
    """As JSON; what Python could not write stands there under another name until now."""
    text = json.dumps(value)
    text = text.replace(f'"{_DEEP}"', "[" * 10_000 + "]" * 10_000)
    text = text.replace(f'"{_HUGE}"', f"1{'0' * 400}").replace(f'"-{_HUGE}"', f"-1{'0' * 400}")
    return text.encode("ascii")
