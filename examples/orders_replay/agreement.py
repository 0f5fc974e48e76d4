"""What do the rulesets make of an order's cart, decided here and not in the shop?

The cart is that of `sostech replay`, with what the checkout of the shop knows besides, and does not know: the customer
is a guest with an e-mail address, who buys on the web, at the instant the shop decided. Lines are named by SKU, as the
shop names them, so that the odd cent falls on the same line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from engine import Book, Cart, Decision, Line, digest, evaluate
from engine.cli.files import Files
from engine.cli.scenario_books import ScenarioBooks
from engine.cli.vocabularies import shipped_rules, vocabularies
from engine.documents.model import CheckoutDocument
from engine.facts.line_order import in_order
from engine.money import format_amount
from engine.replay.carts import instant
from engine.replay.olist import CURRENCY
from examples.orders_replay.goods import sku_of
from examples.orders_replay.history import PastOrder

_TAKEN_AS: Final[Mapping[str, str]] = {"credit_card": "card", "debit_card": "card", "voucher": "pix"}
_OF_CUSTOMERS: Final = frozenset({"customer.id", "customer.signed_in"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided: sums by name as decimal text, or the codes of the reasons against the order."""

    totals: Mapping[str, str]
    refusals: tuple[str, ...]
    digest: str


def email_of(order: PastOrder) -> str:
    """Where the customer of the order is written to."""
    return f"{order.cart.customer_id or order.id}@olist.example"


class Judge:
    """Decides orders by the shipped rulesets, those a new store decides by."""

    def __init__(self) -> None:
        self._book = _shipped_book()
        checkout = self._book.documents.get("checkout")
        assert isinstance(checkout, CheckoutDocument)
        self._methods = {method.id for method in checkout.payment_methods}

    def method_of(self, order: PastOrder) -> str | None:
        """How the order is paid in the shop: as it was paid then, or by what comes nearest to it."""
        paid = order.cart.payment_method
        return paid if paid is None or paid in self._methods else _TAKEN_AS.get(paid, paid)

    def decide(self, order: PastOrder, at: datetime) -> Answer:
        """What an order costs that is decided at this instant."""
        decision = evaluate(self._book, self._cart(order, at))
        return Answer(_totals(decision), tuple(refusal.code for refusal in decision.refusals), digest(decision))

    def _cart(self, order: PastOrder, at: datetime) -> Cart:
        cart, method = order.cart, self.method_of(order)
        facts = {name: value for name, value in cart.facts.items() if name not in _OF_CUSTOMERS}
        facts |= {"channel": "web", "customer.email": email_of(order), "payment.cash_on_delivery_today": 0}
        if method is not None:
            facts["payment.method"] = method
        return msgspec.structs.replace(
            cart, now=instant(at), lines=in_order([_line(line) for line in cart.lines]), facts=facts,
            payment_method=method, customer_id=None,
        )  # fmt: skip


def _line(line: Line) -> Line:
    sku = sku_of(line)
    facts = {**line.facts, "line.sku": sku, "line.product": sku}
    return msgspec.structs.replace(line, id=sku, sku=sku, facts=facts, sets={"line.tags": frozenset()})


def _totals(decision: Decision) -> dict[str, str]:
    return {name: format_amount(amount, CURRENCY) for name, amount in msgspec.structs.asdict(decision.totals).items()}


def _shipped_book() -> Book:
    files = Files()
    book, faults = ScenarioBooks(files, vocabularies(files), shipped_rules(), {}).default().book(CURRENCY)
    assert book is not None, faults
    return book
