"""What did the request say? Body, query and path as typed values, or every fault in them, located.

msgspec decodes and stops at the first fault; only then the same body goes through its JSON Schema, which finds all.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, Final, TypeVar, cast

import msgspec
from aiohttp import web
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from server.errors import AppError, Fault
from server.web.problems import (
    BODY_INVALID,
    BODY_MALFORMED,
    BODY_TOO_LARGE,
    MEDIA_TYPE_UNSUPPORTED,
    PARAMETERS_MALFORMED,
    invalid,
)

T = TypeVar("T")

YEARS: Final = range(1970, 3000)
"""Of instants that are asked for: outside of them clocks of zones and of databases are not defined."""
MOST_FAULTS: Final = 20
MOST_EXPLAINED_BYTES: Final = 64 * 1024
"""Of a larger body that is refused only the first fault is told."""
_LOCATED: Final = re.compile(r"^(?P<message>.*?)(?: - at `(?:key in )?\$?(?P<path>[^`]*)`)?$", re.DOTALL)


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a request sends: unknown fields are refused."""


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Query parameters: unknown ones are refused. A list takes the parameter several times."""


class Path(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The variable parts of an address."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a response shows."""


async def read_limited(request: web.Request, limit: int) -> bytes:
    """The raw body, inflated. Raises BODY_TOO_LARGE past `limit` bytes, whatever Content-Length claims.

    Raises BODY_MALFORMED when it is not chunked or compressed as its headers say.
    """
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.content.iter_chunked(64 * 1024):
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            parts.append(part)
    except web.RequestPayloadError as error:
        raise BODY_MALFORMED("the body is not what Content-Encoding and Transfer-Encoding say") from error
    return b"".join(parts)


def parse_body(raw: bytes, content_type: str, shape: type[T]) -> T:
    """The body as `shape`. Raises a located AppError for anything else; NUL is refused, PostgreSQL cannot keep it.

    No body at all is the same as an empty object, where that is enough.
    """
    if not raw and not content_type and is_optional(shape):
        return msgspec.convert({}, shape)
    if content_type != "application/json":
        raise MEDIA_TYPE_UNSUPPORTED(f"the body is {content_type or 'of no media type'}; send application/json")
    try:
        value = msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError as error:
        raise invalid(_every_fault(raw, shape, error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BODY_MALFORMED(f"the body is not JSON: {error}") from error
    if b"\\u0000" in raw:
        found = islice(_nul(msgspec.json.decode(raw)), MOST_FAULTS)
        nul = [Fault(pointer, "nul_character", "holds the character NUL; leave it out") for pointer in found]
        if nul:
            raise invalid(nul)
    return value


def is_optional(shape: type[Any]) -> bool:
    """Whether a body of this shape may be left out: none of its fields has to be given."""
    return not any(field.required for field in msgspec.structs.fields(shape))


def parse_query(request: web.Request, shape: type[T]) -> T:
    """The query parameters as `shape`; a repeated parameter only where a list is expected."""
    lists = _list_fields(cast(Hashable, shape))
    values: dict[str, object] = {}
    faults: list[Fault] = []
    for name in request.query:
        given = request.query.getall(name)
        if name in lists:
            values[name] = given
        elif len(given) > 1:
            faults.append(Fault(f"query/{name}", "repeated", f"is given {len(given)} times; once is enough"))
        else:
            values[name] = given[0]
    return _convert("query", values, shape, faults)


def parse_path(request: web.Request, shape: type[T]) -> T:
    """The variable parts of the address as `shape`."""
    return _convert("path", dict(request.match_info), shape, [])


def _convert(place: str, values: dict[str, Any], shape: type[T], faults: list[Fault]) -> T:
    for name, value in values.items():
        if "\x00" in (value if isinstance(value, str) else "".join(value)):
            faults.append(Fault(f"{place}/{name}", "nul_character", "holds the character NUL; leave it out"))
    if not faults:
        try:
            converted = msgspec.convert(values, shape, strict=False)
        except msgspec.ValidationError as error:
            faults = [_located(error, place)]
        else:
            faults = list(_misread(converted, values, place))
            if not faults:
                return converted
    raise PARAMETERS_MALFORMED(f"{faults[0].pointer}: {faults[0].message}", faults=faults)


def _misread(converted: Any, given: Mapping[str, Any], place: str) -> Iterator[Fault]:
    """The parameters that msgspec reads more into than is documented.

    It takes the word null for None, but an address has no None but to leave out; and a number for an instant.
    """
    fields = dict(zip(converted.__struct_encode_fields__, converted.__struct_fields__, strict=True))
    for name, text in given.items():
        value = getattr(converted, fields[name])
        if value is None:
            yield Fault(f"{place}/{name}", "null", "is null; leave it out")
        elif isinstance(value, datetime) and ":" not in text:
            yield Fault(f"{place}/{name}", "format", "has to be an instant such as 2026-06-10T20:00:00Z")
        elif isinstance(value, datetime) and value.year not in YEARS:
            yield Fault(f"{place}/{name}", "range", f"its year has to lie between {YEARS.start} and {YEARS.stop - 1}")


def _every_fault(raw: bytes, shape: type[Any], error: msgspec.ValidationError) -> list[Fault]:
    """All faults by the JSON Schema, up to MOST_FAULTS; the decoder's own where the schema finds none or cannot look.

    A schema takes long over large bodies, and fails on numbers and depths that JSON allows and Python does not.
    """
    if len(raw) > MOST_EXPLAINED_BYTES:
        return [_located(error, "")]
    try:
        body = msgspec.json.decode(raw)
        found = islice(_unique(_faults(_leaves(_validator(cast(Hashable, shape)).iter_errors(body)))), MOST_FAULTS)
        return list(found) or [_located(error, "")]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [_located(error, "")]


@cache
def _validator(shape: type[Any]) -> Draft202012Validator:
    schema, components = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    return Draft202012Validator({**schema[0], "$defs": components})


def _leaves(errors: Iterator[ValidationError]) -> Iterator[ValidationError]:
    """The faults themselves, below the any-of that an optional value is; the first branch that is not null."""
    for error in errors:
        below = [inner for inner in error.context or () if inner.validator_value != "null"]
        if below:
            yield from _leaves(iter(below))
        else:
            yield error


def _faults(errors: Iterator[ValidationError]) -> Iterator[Fault]:
    """Faults as we tell them. What is missing or unknown is at its own name, not at the object around it."""
    for error in errors:
        place, asked, sent = list(error.absolute_path), cast(Any, error.validator_value), cast(Any, error.instance)
        if error.validator == "required":
            for name in asked:
                if name not in sent:
                    yield Fault(_pointer([*place, name]), "missing", _missing(cast(Any, error.schema), name))
        elif error.validator == "additionalProperties":
            known = cast(Any, error.schema).get("properties", {})
            for name in sent:
                if name not in known:
                    yield Fault(_pointer([*place, name]), "unknown", "is not known here; leave it out")
        else:
            yield Fault(_pointer(place), f"{error.validator}", _sentence(error))


def _unique(faults: Iterator[Fault]) -> Iterator[Fault]:
    told: set[Fault] = set()
    for fault in faults:
        if fault not in told:
            told.add(fault)
            yield fault


_LAST_LINE: Final = r"(?!\n)"
"""That `$` means the end, also before a line feed, is of no use to whoever reads a pattern."""
_SENTENCES: Final = {
    "type": "has to be of type {}",
    "enum": "has to be one of {}",
    "const": "has to be {}",
    "format": "has to be a {}",
    "minLength": "needs at least {} characters",
    "maxLength": "may have at most {} characters",
    "minimum": "has to be at least {}",
    "maximum": "may be at most {}",
    "exclusiveMinimum": "has to be more than {}",
    "exclusiveMaximum": "has to be less than {}",
    "multipleOf": "has to be a multiple of {}",
    "minItems": "needs at least {} entries",
    "maxItems": "may have at most {} entries",
    "minProperties": "needs at least {} entries",
    "maxProperties": "may have at most {} entries",
}


def _missing(schema: Mapping[str, Any], name: str) -> str:
    """With what its documentation says of it, for whoever did not know that it has to be there."""
    description = schema.get("properties", {}).get(name, {}).get("description")
    return f"is missing. {description}" if description else "is missing"


def _sentence(error: ValidationError) -> str:
    """What is asked for. What was sent is not repeated: it may be a password, or a megabyte."""
    wanted = error.validator_value
    if error.validator == "pattern":
        return _of_pattern(str(wanted), cast(Any, error.schema).get("description"))
    shown = ", ".join(str(each) for each in wanted) if isinstance(wanted, list) else str(wanted)
    return _SENTENCES.get(str(error.validator), "is not what is asked for here").format(shown)


def _of_pattern(pattern: str, described: str | None) -> str:
    """What a text has to look like, in words where the field has some."""
    if pattern == r"\S":
        return "may not be blank"
    shown = pattern.replace(_LAST_LINE, "")
    return f"does not fit: {described} ({shown})" if described else f"has to match {shown}"


def _pointer(path: Iterable[Any]) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _located(error: msgspec.ValidationError, place: str) -> Fault:
    """Msgspec's message and its `$.lines[0].quantity` as a pointer."""
    match = _LOCATED.match(str(error))
    assert match is not None
    path = (match["path"] or "").replace("[", ".").replace("]", "")
    parts = [part for part in path.split(".") if part]
    message = match["message"]
    unknown = re.match(r"Object contains unknown field `(.*)`|Object missing required field `(.*)`", message)
    if unknown is not None:
        parts.append(unknown[1] or unknown[2] or "")
    code = "unknown" if "unknown field" in message else "missing" if "missing required" in message else "invalid"
    return Fault(f"{place}/{'/'.join(parts)}" if place else _pointer(parts), code, message)


def _nul(value: object, place: tuple[str | int, ...] = ()) -> Iterator[str]:
    """Where the character NUL is, in a text or in a name."""
    if isinstance(value, str) and "\x00" in value:
        yield _pointer(place)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if "\x00" in name:
                yield _pointer(place)
            yield from _nul(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _nul(inner, (*place, number))


@cache
def _list_fields(shape: type[Any]) -> frozenset[str]:
    info = msgspec.inspect.type_info(shape)
    assert isinstance(info, msgspec.inspect.StructType)
    return frozenset(
        field.encode_name
        for field in info.fields
        if isinstance(
            _bare(field.type), (msgspec.inspect.ListType, msgspec.inspect.VarTupleType, msgspec.inspect.SetType)
        )
    )


def _bare(shape: msgspec.inspect.Type) -> msgspec.inspect.Type:
    """The type itself; one with a description comes wrapped."""
    return shape.type if isinstance(shape, msgspec.inspect.Metadata) else shape


def _too_large(limit: int) -> AppError:
    return BODY_TOO_LARGE(f"the body is larger than {limit} bytes, the most this endpoint takes")


__all__ = ["BODY_INVALID", "Body", "Path", "Query", "View", "parse_body", "parse_path", "parse_query", "read_limited"]
