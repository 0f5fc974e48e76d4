"""A small shop before and after a change, for tests that look at single numbers."""

from __future__ import annotations

from engine.facts.cart import Cart
from engine.runtime.book import Book
from tests.engine.runtime.books import book, cart

SHIPPING = """
policy: first
zones: [{id: home, where: {destination.country: DE}}]
methods:
  - id: standard
    rates: {home: {flat: "4.90"}}
    free_from: {amount: "FREE_FROM", of: subtotal.after_discounts, tax: included}
"""
PROMOTIONS = """
lanes: [{id: lines, pick: best}, {id: order, pick: all}]
rules:
  - {id: ten-off, lane: order, when: {subtotal.items: {at_least: "100.00"}}, then: {percent_off: PERCENT, on: order}}
  - {id: vip, lane: order, when: {customer.group: vip}, then: {percent_off: 5, on: order}}
"""
CHECKOUT = 'minimum_order: {amount: "MINIMUM", of: subtotal.after_discounts, tax: included}\n'


def shop(percent: str = "10", free_from: str = "199.00", minimum: str = "0.00") -> Book:
    """The book of the shop with these numbers in it."""
    return book(
        promotions=PROMOTIONS.replace("PERCENT", percent),
        shipping=SHIPPING.replace("FREE_FROM", free_from),
        checkout=CHECKOUT.replace("MINIMUM", minimum),
    )


def basket(price: str, quantity: int = 1, lines: int = 1, group: str = "guest") -> Cart:
    """A cart of equal lines for Germany."""
    return cart(
        {
            "lines": [{"sku": f"S{number}", "price": price, "quantity": quantity} for number in range(lines)],
            "customer": {"group": group},
            "destination": {"country": "DE"},
        }
    )
