"""A slow and obvious evaluator of rulesets, written from the reference of the language and from nothing else.

It scans every rule, tests every condition, counts in fractions, and takes offers apart unit by unit. It knows no index,
no boxes and no selections, so what the runtime answers can be held against it.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.documents.model import (
    AnyDocument,
    CheckoutDocument,
    CouponsDocument,
    PricingDocument,
    PromotionsDocument,
    ShippingDocument,
    TaxDocument,
)
from engine.facts.cart import Cart
from tests.engine.runtime.oracle.arithmetic import HALF
from tests.engine.runtime.oracle.codes import redeem
from tests.engine.runtime.oracle.delivery import ship
from tests.engine.runtime.oracle.effects import Prices
from tests.engine.runtime.oracle.lanes import promote
from tests.engine.runtime.oracle.prices import price_lines
from tests.engine.runtime.oracle.state import Checkout, begin, holds, is_open, seen
from tests.engine.runtime.oracle.taxes import Taxes, tax, tell_sums


def decide_slowly(documents: Mapping[str, AnyDocument], cart: Cart) -> Checkout:
    """Every stage in its order; see docs/explanation/how-a-checkout-is-decided.md."""
    checkout = begin(cart)
    pricing, tax_document = documents.get("pricing"), documents.get("tax")
    if isinstance(pricing, PricingDocument):
        price_lines(pricing, checkout)
    checkout.facts["subtotal.items"] = sum(checkout.paid)
    assert tax_document is None or isinstance(tax_document, TaxDocument)
    prices = _prices(tax_document, checkout)
    promotions = documents.get("promotions")
    assert promotions is None or isinstance(promotions, PromotionsDocument)
    for stage, fact in (("lines", "subtotal.after_line_discounts"), ("order", "subtotal.after_order_discounts")):
        if promotions is not None:
            promote(promotions, stage, checkout, prices)
        checkout.facts[fact] = sum(checkout.left)
    coupons = documents.get("coupons")
    on_shipping = redeem(coupons, checkout, prices) if isinstance(coupons, CouponsDocument) else []
    checkout.facts["subtotal.after_discounts"] = sum(checkout.left)
    checkout.facts["discount.total"] = sum(checkout.paid) - sum(checkout.left)
    checkout.facts["coupon.applied"] = int("applied" in checkout.coupons.values())
    tell_sums(tax_document, checkout)
    shipping = documents.get("shipping")
    if isinstance(shipping, ShippingDocument):
        ship(shipping, checkout, promotions, on_shipping)
    added = 0 if tax_document is None else tax(tax_document, checkout)
    checkout.total = sum(checkout.left) + checkout.shipping + added
    final = documents.get("checkout")
    if isinstance(final, CheckoutDocument):
        _round_cash(final, checkout)
        checkout.facts["total"] = checkout.total
        _may_be_ordered(final, checkout)
    return checkout


def _prices(document: TaxDocument | None, checkout: Checkout) -> Prices:
    if document is None:
        return Prices(None, lambda line: None)
    return Prices(document.prices, Taxes(document, checkout).ratio_of)


def _round_cash(document: CheckoutDocument, checkout: Checkout) -> None:
    step, methods = document.cash_rounding, document.cash_rounding_methods
    if step is None or (methods and checkout.cart.payment_method not in methods):
        return
    lower = checkout.total - checkout.total % step
    rounded = lower + step if checkout.total - lower >= step * HALF else lower
    checkout.postings["cash_rounding", "cash_rounding", ""] += rounded - checkout.total
    checkout.total = rounded


def _may_be_ordered(document: CheckoutDocument, checkout: Checkout) -> None:
    facts = seen(document, checkout)
    for fact, _ in document.required:
        if fact not in facts and fact not in checkout.cart.sets:
            checkout.refusals.append("fact_missing")
    minimum = document.minimum_order
    if minimum is not None:
        value = facts.get(minimum.of)
        if isinstance(value, int) and value < minimum.amount:
            checkout.refusals.append("minimum_order")
    for refusal in document.refusals:
        if is_open(refusal.window, checkout.cart.now) and holds(refusal.when, facts, checkout):
            checkout.refusals.append(refusal.code)
    for method in document.payment_methods:
        checkout.payments[method.id] = holds(method.when, facts, checkout)
    chosen = checkout.cart.payment_method
    if document.payment_methods and chosen is not None and not checkout.payments.get(chosen, False):
        checkout.refusals.append("payment_method_unavailable")
