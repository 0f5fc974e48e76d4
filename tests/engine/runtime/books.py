"""Rulesets and carts for tests, from text: head written by the test kit, body by the test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.documents.model import AnyDocument
from engine.facts.cart import Cart
from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.pipeline import Reading, compile_book, evaluate, read_ruleset
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.text.load import load
from engine.text.source import Source

VOCABULARIES = Path(__file__).resolve().parents[3] / "rules" / "vocabularies"
NOON = 1_777_636_800_000_000
"""2026-05-01T12:00:00Z, a Friday, in microseconds since 1970 UTC."""

Body = str | Mapping[str, object]


@cache
def vocabulary() -> Vocabulary:
    found, faults = read_vocabulary(Source("checkout-1", (VOCABULARIES / "checkout-1.yaml").read_text("utf-8")))
    assert found is not None, faults
    return found


def reading(kind: str, body: Body, currency: str = "EUR") -> Reading:
    """A ruleset of the kind; `body` is what follows the head, as text or as a map."""
    head = {"ruleset": kind, "name": "t", "version": 1, "vocabulary": "checkout/1", "currency": currency}
    if isinstance(body, str):
        text = "".join(f"{key}: {value}\n" for key, value in head.items()) + body
    else:
        text = json.dumps({**head, **body})
    return read_ruleset(
        Source(f"{kind}.yaml", text),
        vocabularies={vocabulary().ref: vocabulary()},
        attachments=lambda path: None,
    )


def documents(bodies: Mapping[str, Body], currency: str = "EUR") -> dict[str, AnyDocument]:
    """The documents of several rulesets by kind."""
    found: dict[str, AnyDocument] = {}
    for kind, body in bodies.items():
        read = reading(kind, body, currency)
        assert read.document is not None, "\n".join(f"{fault.span} {fault.message}" for fault in read.diagnostics)
        found[kind] = read.document
    return found


def book(currency: str = "EUR", **bodies: Body) -> Book:
    """The rulesets, compiled; keyword is the kind, value the body."""
    return compile_book(documents(bodies, currency), currency, vocabulary())


def cart(body: Body, currency: str = "EUR") -> Cart:
    """The cart of a scenario; without `at` it is noon of Friday, 2026-05-01, in UTC."""
    node = load(Source("cart", body if isinstance(body, str) else json.dumps(body))).node
    assert node is not None
    scenario, faults = read_scenario(node, ScenarioContext(vocabulary=vocabulary(), currency=currency, now=NOON))
    assert scenario is not None, faults
    return scenario.cart


def decide(cart_body: Body, currency: str = "EUR", *, trace: bool = False, **bodies: Body) -> Decision:
    """Decide a cart under rulesets."""
    return evaluate(book(currency, **bodies), cart(cart_body, currency), trace=trace)


def line(price: str, quantity: int = 1, **more: object) -> dict[str, object]:
    """A line of a scenario; weighs 100 g unless it says otherwise."""
    return {"sku": "S", "price": price, "quantity": quantity, "weight": "100g", **more}


def lines(*prices: str, quantity: int = 1, **more: object) -> dict[str, object]:
    """A scenario of lines at these prices, L1, L2, … in order."""
    return {"lines": [line(price, quantity, **more) for price in prices]}
