"""Which places of two rules are responsible when they are not the same? The smallest parts that differ."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Final, NamedTuple

from engine.documents.model import Document
from engine.text.source import Span

_TEXTS: Final = frozenset({"message", "name", "summary", "id", "span", "when_span", "then_span", "cash_rounding_span"})
_SCOPES: Final = {"when": "when_span", "then": "then_span"}
_MOST: Final = 4


class Places(NamedTuple):
    """Spans of the old ruleset, and of the new one."""

    old: tuple[Span, ...]
    new: tuple[Span, ...]


def responsible(old: object, new: object, at_old: Span | None = None, at_new: Span | None = None) -> Places:
    """The places of the smallest parts that differ; of a rule that is on one side only, the rule."""
    if old is None or new is None:
        return Places(_span_of(old, at_old), _span_of(new, at_new))
    here = _span_of(old, at_old), _span_of(new, at_new)
    pairs = [*dict.fromkeys(_unequal(old, new, here[0], here[1]))] or [here]
    return Places(_first(pair[0] for pair in pairs), _first(pair[1] for pair in pairs))


def content(value: object) -> Hashable:
    """A part of a document as a value that is equal where two parts say the same."""
    if isinstance(value, Span):
        return None
    if is_dataclass(value):
        names = (field.name for field in fields(value) if field.name not in _TEXTS)
        return (type(value).__name__, *(content(getattr(value, name)) for name in names))
    if isinstance(value, Mapping):
        return frozenset((key, content(item)) for key, item in value.items())
    if isinstance(value, tuple):
        return tuple(content(item) for item in value)
    assert isinstance(value, Hashable)
    return value


def heads(old: Document | None, new: Document | None) -> Places:
    """The first lines of both rulesets."""
    return Places(
        () if old is None else (old.head.span,),
        () if new is None else (new.head.span,),
    )


Pair = tuple[tuple[Span, ...], tuple[Span, ...]]


def _unequal(old: object, new: object, at_old: tuple[Span, ...], at_new: tuple[Span, ...]) -> Iterator[Pair]:
    if content(old) == content(new):
        return
    if type(old) is not type(new):
        yield _span_of(old) or at_old, _span_of(new) or at_new
    elif is_dataclass(old):
        yield from _fields(old, new, _span_of(old) or at_old, _span_of(new) or at_new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            yield from _unequal(old.get(key), new.get(key), at_old, at_new)
    elif isinstance(old, tuple) and isinstance(new, tuple):
        yield from _items(old, new, at_old, at_new)
    else:
        yield at_old, at_new


def _fields(old: object, new: object, at_old: tuple[Span, ...], at_new: tuple[Span, ...]) -> Iterator[Pair]:
    assert is_dataclass(old)
    for field in fields(old):
        if field.name not in _TEXTS:
            scope = _SCOPES.get(field.name, "")
            yield from _unequal(
                getattr(old, field.name),
                getattr(new, field.name),
                _named_span(old, scope) or at_old,
                _named_span(new, scope) or at_new,
            )


def _items(
    old: tuple[object, ...], new: tuple[object, ...], at_old: tuple[Span, ...], at_new: tuple[Span, ...]
) -> Iterator[Pair]:
    gone, come = _less(old, new), _less(new, old)
    if len(gone) == len(come) and len(gone) < len(old):
        for one, other in zip(gone, come, strict=True):
            yield from _unequal(one, other, at_old, at_new)
    elif len(old) == len(new):
        for one, other in zip(old, new, strict=True):
            yield from _unequal(one, other, at_old, at_new)
    else:
        spans = [span for item in gone for span in _span_of(item)], [span for item in come for span in _span_of(item)]
        yield tuple(spans[0][:_MOST]) or at_old, tuple(spans[1][:_MOST]) or at_new


def _less(items: tuple[object, ...], others: tuple[object, ...]) -> list[object]:
    there = [content(other) for other in others]
    return [item for item in items if content(item) not in there]


def _span_of(value: object, otherwise: Span | None = None) -> tuple[Span, ...]:
    found = getattr(value, "span", None)
    if isinstance(found, Span):
        return (found,)
    return () if otherwise is None else (otherwise,)


def _named_span(value: object, name: str) -> tuple[Span, ...]:
    found = getattr(value, name, None) if name else None
    return (found,) if isinstance(found, Span) else ()


def _first(spans: Iterator[tuple[Span, ...]]) -> tuple[Span, ...]:
    found = dict.fromkeys(span for group in spans for span in group)
    return tuple(found)[:_MOST]
