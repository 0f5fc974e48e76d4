"""What events carry and what rulesets may read of them are the same, in both directions."""

from __future__ import annotations

import types
from typing import Any, get_args, get_type_hints

import pytest
import yaml

from notifications.events import EVENTS, Event
from tests.conftest import CHECKOUT

VOCABULARY = yaml.safe_load((CHECKOUT / "rules" / "vocabularies" / "event-1.yaml").read_text("utf-8"))
OF_EVERY_EVENT = {"event.name", "event.at"}
NOT_FOR_RULES = {"MailRequested", "TextMessageRequested"}
"""What the shop tells one person whatever rulesets say."""


def facts_of_type(event: type[Event]) -> dict[str, Any]:
    """Fact → the type of its field, for the fields that rulesets may read."""
    hints = get_type_hints(event)
    plain = {field: _plain(hints[field]) for field in event.__struct_fields__ if field != "name"}
    return {field.replace("_", ".", 1): kind for field, kind in plain.items() if kind in (str, int, bool)}


def _plain(kind: Any) -> Any:
    """The type without None."""
    if isinstance(kind, types.UnionType):
        return next(each for each in get_args(kind) if each is not type(None))
    return kind


OF_ORDERS = set(facts_of_type(EVENTS["OrderEvent"]))


@pytest.mark.parametrize("name", sorted(set(EVENTS) - NOT_FOR_RULES - {"OrderEvent"}))
def test_an_event_carries_the_facts_its_entry_names(name: str) -> None:
    found = facts_of_type(EVENTS[name])
    # What is no word of a vocabulary, as the name of a text, has no dot.
    assert set(VOCABULARY["events"][name]["facts"]) == {fact for fact in found if "." in fact}


def test_every_entry_is_an_event_or_of_the_lifecycle() -> None:
    for name, entry in VOCABULARY["events"].items():
        assert name in EVENTS or entry["facts"] == "order", name


def test_every_fact_is_carried_by_an_event_with_its_type_and_every_field_is_a_fact() -> None:
    carried: dict[str, Any] = {}
    for name in set(EVENTS) - NOT_FOR_RULES:
        for fact, kind in facts_of_type(EVENTS[name]).items():
            assert carried.setdefault(fact, kind) is kind, f"{fact} is of two types"
    facts = {
        fact: entry["type"]
        for fact, entry in VOCABULARY["facts"].items()
        if entry["scope"] == "event" and fact not in OF_EVERY_EVENT
    }
    assert set(facts) == {fact for fact in carried if "." in fact}
    types_of = {"code": str, "count": int, "money": int, "flag": bool}
    assert {fact: types_of[kind] for fact, kind in facts.items()} == {fact: carried[fact] for fact in facts}


def test_facts_of_orders_are_what_order_events_carry() -> None:
    of_orders = {fact for fact in VOCABULARY["facts"] if fact.split(".")[0] in ("order", "refund")}
    assert of_orders <= OF_ORDERS
