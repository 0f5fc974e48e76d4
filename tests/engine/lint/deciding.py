"""Small documents of promotions and carts that are really decided, for properties about what rules come to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from engine.compiler.book import compile_book
from engine.documents.model import CouponsDocument, PromotionsDocument
from engine.facts.cart import Cart, CouponEntry, Line
from engine.facts.vocabulary import Vocabulary
from engine.runtime.evaluate import evaluate
from tests.engine.runtime.books import NOON

CODE = "code"

Shelf = PromotionsDocument | CouponsDocument


def line(number: int, price: int, quantity: int = 1, category: str | None = None) -> Line:
    """One line; its category is a path with a closing slash."""
    facts: dict[str, int | str] = {
        "line.sku": f"S{number}",
        "line.quantity": quantity,
        "line.list_price": price,
        "line.tax_class": "standard",
    }
    if category is not None:
        facts["line.category"] = category
    return Line(id=f"L{number}", sku=f"S{number}", quantity=quantity, list_price=price, facts=facts, weight_g=100)


def cart(lines: Sequence[Line], facts: Mapping[str, int | str] | None = None, *, coupon: bool = False) -> Cart:
    """A cart in reais at noon."""
    coupons = (CouponEntry(code=CODE),) if coupon else ()
    return Cart(currency="BRL", now=NOON, lines=tuple(lines), facts={**(facts or {})}, coupons=coupons)


def total(document: Shelf, each: Cart, vocabulary: Vocabulary) -> int:
    """What the customer pays under one document alone."""
    return evaluate(compile_book({document.head.kind: document}, "BRL", vocabulary), each).totals.total


def without(document: PromotionsDocument, rule: str) -> PromotionsDocument:
    """The same document with one rule taken away."""
    return replace(document, rules=tuple(each for each in document.rules if each.id != rule))
