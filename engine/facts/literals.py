"""How does a written value become a key of its fact type, and a key become text again?

Every reader answers `(value, None)` or `(None, finding)`; nothing is ever rounded or guessed.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from engine.facts.amounts import Ratio, read_money, read_percent
from engine.facts.answers import Answer, KeyAnswer, LiteralContext
from engine.facts.cart import Key
from engine.facts.expected import described, wrong_type
from engine.facts.instants import (
    WEEKDAYS,
    read_instant,
    read_time,
    read_weekday,
    show_instant,
    show_instant_utc,
    show_time,
    show_weekday,
)
from engine.facts.measures import (
    read_count,
    read_duration_seconds,
    read_volume,
    read_weight,
    show_duration,
    show_volume,
    show_weight,
)
from engine.facts.vocabulary import FactType
from engine.facts.words import category_key, fold_code, fold_postcode, read_word
from engine.money import format_amount, is_currency
from engine.text.nodes import Node, Scalar

__all__ = [
    "WEEKDAYS",
    "Answer",
    "Key",
    "KeyAnswer",
    "LiteralContext",
    "Ratio",
    "category_key",
    "described",
    "fold_code",
    "fold_postcode",
    "read_count",
    "read_duration_seconds",
    "read_instant",
    "read_literal",
    "read_money",
    "read_percent",
    "read_time",
    "read_volume",
    "read_weekday",
    "read_weight",
    "read_word",
    "show",
    "show_duration",
    "show_instant",
    "show_instant_utc",
]


def read_literal(node: Node, fact_type: FactType, context: LiteralContext) -> KeyAnswer:
    """The key of a written value of the type (units of keys: see `engine.facts.vocabulary.FactType`).

    Of the type `codes` one member of the set is read. Findings are RS310, RS312 and RS314 to RS316.
    """
    match fact_type:
        case "money":
            return read_money(node, context)
        case "count":
            return read_count(node)
        case "weight":
            return read_weight(node)
        case "volume":
            return read_volume(node)
        case "boolean":
            return _read_boolean(node)
        case "instant":
            return read_instant(node, context.timezone)
        case "time":
            return read_time(node)
        case "weekday":
            return read_weekday(node)
        case _:
            return read_word(node, fact_type)


def show(key: Key, fact_type: FactType, currency: str, timezone: ZoneInfo) -> str:
    """The key as an author would write it: `150.00`, `500g`, `2026-11-01T00:00`, `clothing/socks`, `fri`.

    Reading that text again gives the key. Money in a currency that is not known is shown in minor units.
    """
    if isinstance(key, str):
        return key.rstrip("/") if fact_type == "category" else key
    match fact_type:
        case "money":
            return format_amount(key, currency) if is_currency(currency) else str(key)
        case "weight":
            return show_weight(key)
        case "volume":
            return show_volume(key)
        case "boolean":
            return "true" if key else "false"
        case "weekday":
            return show_weekday(key)
        case "time":
            return show_time(key)
        case "instant":
            return show_instant(key, timezone)
        case _:
            return str(key)


def _read_boolean(node: Node) -> Answer[int]:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return int(node.value), None
    written = node.text.strip().lower() if isinstance(node, Scalar) else ""
    meant = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}.get(written)
    return None, wrong_type(node, "boolean", hint=f"write {meant} without quotes" if meant else "")
