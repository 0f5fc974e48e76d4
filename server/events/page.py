"""Which page tells of all events? A generated one: every type with its version and what it carries."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import msgspec

from engine.cli.files import Files
from engine.cli.vocabularies import vocabularies
from notifications.events import EVENTS, Event, StockLine

HEAD: Final = """# Events

What can happen in a shop, as handlers, webhooks and `sostech events` get it.
[How events travel](../explanation/events.md)
says what can be relied on. `may be null` is written where a value is not always known; amounts are in minor units. What
rulesets may read of an event is its facts ([event/1](vocabulary-event-1.md)).

Nobody is shown what is secret. What is forgotten is blanked once everybody has been told.

"""
_VOCABULARY: Final = "event/1"
_NAMES: Final[Mapping[Any, str]] = {str: "text", int: "integer", bool: "true or false", type(None): "null"}


def events_page(generated: str) -> str:
    """docs/reference/events.md; `generated` is the line that says so."""
    parts = [HEAD + generated + "\n"]
    for name, event in EVENTS.items():
        parts.append(f"## {name}\n\n{_about(event)}\n\n{_traits(event)}\n\n{_table(event)}")
    parts.append(f"## StockLine\n\n{_about(StockLine)}\n\n{_table(StockLine)}")
    return "\n".join(parts)


def _about(kind: type[msgspec.Struct]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split())


def _traits(event: type[Event]) -> str:
    traits = [f"Version {event.VERSION}."]
    if event.SECRET:
        traits.append(f"Secret: {_listed(event.SECRET)}.")
    if event.FORGOTTEN:
        traits.append(f"Forgotten: {_listed(event.FORGOTTEN)}.")
    return " ".join(traits)


def _listed(fields: Any) -> str:
    return ", ".join(f"`{name}`" for name in sorted(fields))


def _table(kind: type[msgspec.Struct]) -> str:
    hints = get_type_hints(kind)
    rows = [f"| `{field}` | {_written(hints[field])} | {_meaning(field)} |" for field in kind.__struct_fields__]
    return "\n".join(["| field | type | meaning |", "|---|---|---|", *rows, ""])


def _meaning(field: str) -> str:
    """What the vocabulary says of the fact that the field is; what is no fact is told above the table."""
    return _facts().get(field.replace("_", ".", 1), "")


@cache
def _facts() -> Mapping[str, str]:
    found = vocabularies(Files())[_VOCABULARY]
    return {name: fact.about for name, fact in found.facts.items()}


def _written(kind: Any) -> str:
    return ", ".join(_words(kind))


def _words(kind: Any) -> Iterator[str]:
    if isinstance(kind, types.UnionType) or get_origin(kind) is Union:
        yield from (_NAMES.get(each, "") for each in get_args(kind) if each is not type(None))
        yield "may be null"
    elif get_origin(kind) is list:
        yield f"list of {_written(get_args(kind)[0])}"
    elif get_origin(kind) is dict:
        yield "object of texts"
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield f"[{kind.__name__}](#{kind.__name__.lower()})"
    else:
        yield _NAMES[kind]
