"""What do people read of the document of sockets? Its chapters, events and shapes, for the pages that show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Link = Callable[[str], str]
"""How a page writes the name of a shape that it shows elsewhere."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a shape. `schema` is its type."""

    name: str
    schema: Mapping[str, Any]
    is_required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with a name."""

    name: str
    about: str
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Entry:
    """One event: what it carries, what it is acknowledged with (None: not at all), and by which problems."""

    name: str
    summary: str
    description: str
    carries: Mapping[str, Any]
    answers: Mapping[str, Any] | None
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One namespace: what a client asks, and what the shop tells."""

    path: str
    about: str
    asked: Sequence[Entry]
    told: Sequence[Entry]


def chapters(document: Mapping[str, Any]) -> list[Chapter]:
    """One for each channel, in the order of the document."""
    return [_chapter(document, key) for key in document["channels"]]


def shapes(document: Mapping[str, Any]) -> list[Shape]:
    """Every object with a name, by its name."""
    return [
        Shape(name, schema.get("description", ""), list(_fields(schema)))
        for name, schema in document["components"]["schemas"].items()
    ]


def problems_of_all(found: Sequence[Chapter]) -> list[str]:
    """The codes that every event of a client can be refused with."""
    asked = [set(entry.problems) for chapter in found for entry in chapter.asked]
    return sorted(set.intersection(*asked)) if asked else []


def type_text(schema: Mapping[str, Any], link: Link) -> str:
    """A type in words: `list of UUID`, `integer, 0 to 5, or null`."""
    if "$ref" in schema:
        return link(_name(schema))
    if "anyOf" in schema:
        return " or ".join(type_text(each, link) for each in sorted(schema["anyOf"], key=_is_null))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    return f"`{schema['const']}`" if "const" in schema else _plain(schema, link)


def _plain(schema: Mapping[str, Any], link: Link) -> str:
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"list of {type_text(schema.get('items', {}), link)}{_range(schema, 'Items')}"
    if kind == "object" and "additionalProperties" in schema:
        values = schema["additionalProperties"]
        return f"object of {type_text(values, link)}" if isinstance(values, dict) and values else "object"
    named: str = {"uuid": "UUID", "date-time": "instant"}.get(schema.get("format", ""), kind)
    if kind == "string":
        return named + _range(schema, "Length", " characters")
    return named + _between(schema.get("minimum"), schema.get("maximum"), "")


def _range(schema: Mapping[str, Any], what: str, unit: str = "") -> str:
    return _between(schema.get(f"min{what}"), schema.get(f"max{what}"), unit)


def _between(low: int | None, high: int | None, unit: str) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f", {low} or more{unit}"
    return f", at most {high}{unit}" if low is None else f", {low} to {high}{unit}"


def _name(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


def _is_null(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "null"


def _chapter(document: Mapping[str, Any], key: str) -> Chapter:
    channel = document["channels"][key]
    mine = [each for each in document["operations"].values() if each["channel"]["$ref"] == f"#/channels/{key}"]
    return Chapter(
        path=channel["address"],
        about=channel["description"],
        asked=[_entry(channel, each) for each in mine if each["action"] == "receive"],
        told=[_entry(channel, each) for each in mine if each["action"] == "send"],
    )


def _entry(channel: Mapping[str, Any], operation: Mapping[str, Any]) -> Entry:
    answers = None
    if "reply" in operation:
        done = _payload(channel, operation["reply"]["messages"][0])
        answers = done["properties"].get("data", done)
    return Entry(
        name=operation["title"],
        summary=operation["summary"],
        description=operation.get("description", ""),
        carries=_payload(channel, operation["messages"][0]),
        answers=answers,
        problems=[each["code"] for each in operation.get("x-problems", ())],
    )


def fields_of(schema: Mapping[str, Any], document: Mapping[str, Any]) -> list[Field]:
    """The fields of what an event carries."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][_name(schema)]
    return list(_fields(schema))


def _fields(schema: Mapping[str, Any]) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        yield Field(name, each, name in required, each.get("description", ""))


def _payload(channel: Mapping[str, Any], reference: Mapping[str, str]) -> dict[str, Any]:
    name = reference["$ref"].split("/messages/", 1)[1]
    payload: dict[str, Any] = channel["messages"][name]["payload"]
    return payload
