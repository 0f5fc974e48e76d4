"""A rule book in which everything can be used up: coupons, the codes of campaigns, and promotions."""

from __future__ import annotations

import shutil
from pathlib import Path

from server.decisions.books import LiveBook, RuleBooks
from storage.ids import new_id
from storage.tenancy import Store
from tests.conftest import CHECKOUT

_HEAD = """
name: limited
version: 1
vocabulary: checkout/1
currency: BRL
timezone: America/Sao_Paulo
rounding: half_up
"""
_COUPONS = f"""
ruleset: coupons
{_HEAD}
coupons:
  - {{id: spring, codes: [SPRING, PRIMAVERA], then: {{percent_off: 10, on: order}}, limits: {{total: 3}}}}
  - {{id: once, codes: [ONCE], then: {{percent_off: 10, on: order}}, limits: {{per_customer: 1}}}}
  - {{id: pot, codes: [POT], then: {{amount_off: "10.00", on: order}}, limits: {{budget: "25.00"}}}}
  - {{id: open, codes: [OPEN], then: {{percent_off: 5, on: order}}}}
  - {{id: delivery, codes: [DELIVERY], then: {{free_shipping: true, methods: [standard]}}}}
  - {{id: first, codes: [FIRST], then: {{percent_off: 10, on: order}}, first_order_only: true}}
  - {{id: partner, campaign: partners, then: {{amount_off: "5.00", on: order}}, limits: {{per_code: 1}}}}
  - {{id: friend, campaign: friends, then: {{amount_off: "7.00", on: order}}, user_bound: true}}
"""
_PROMOTIONS = f"""
ruleset: promotions
{_HEAD}
lanes:
  - {{id: order, pick: best}}
rules:
  - id: early
    lane: order
    when: {{subtotal.after_line_discounts: {{at_least: "500.00"}}}}
    then: {{percent_off: 20, on: order}}
    limits: {{total: 2, per_customer: 1}}
"""


def limited_book(folder: Path) -> LiveBook:
    """The shipped rulesets, but coupons and promotions with limits of every kind; `folder` is empty."""
    rules = folder / "limited" / "rules"
    shutil.copytree(CHECKOUT / "rules", rules, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (rules / "coupons" / "v1.yaml").write_text(_COUPONS, "utf-8")
    (rules / "promotions" / "v1.yaml").write_text(_PROMOTIONS, "utf-8")
    store = Store(
        id=new_id(), slug="a", name="A", domain=None, currency="BRL", timezone="America/Sao_Paulo", locale="en",
        country="BR", settings={"rules": "limited"},
    )  # fmt: skip
    return RuleBooks(folder).live(store)
