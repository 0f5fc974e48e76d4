"""Is a case the very basket of its scenario, written as people write cases?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts.scenario import ScenarioContext, read_scenario
from engine.text.format import format_yaml
from engine.text.load import load
from engine.text.nodes import Mapping, Sequence
from engine.text.source import Source
from server.analysis.scenario_text import Unwritable, case_in_one_line, case_lines, expected_lines
from server.decisions.books import LiveBook, RuleBooks
from server.decisions.facts import to_cart
from server.decisions.given import basket_of
from server.decisions.schemas import DryRunBody, GivenCustomer, GivenDestination, GivenItem, GivenLine
from tests.server.decisions.conftest import a_store

AT = datetime(2026, 6, 10, 20, tzinfo=UTC)

LAMP = GivenLine(sku="LAMP", price="199.00", quantity=1, category="home/lamps", weight_g=400)

_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=9).filter(str.strip)
_AMOUNTS = st.integers(0, 10**6).map(lambda minor: f"{minor // 100}.{minor % 100:02}")
_CATEGORIES = st.sampled_from(["home", "home/lamps", "clothing/socks/wool"])
_INSTANTS = st.integers(-(10**15), 10**15).map(lambda microseconds: AT + timedelta(microseconds=microseconds))
_TAGS = st.lists(_TEXTS, max_size=3).map(tuple)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


_FACTS: dict[str, st.SearchStrategy[Any]] = {
    "sku": _TEXTS,
    "price": _AMOUNTS,
    "product": _maybe(_TEXTS),
    "category": _maybe(_CATEGORIES),
    "brand": _maybe(_TEXTS),
    "seller": _maybe(_TEXTS),
    "tags": _maybe(_TAGS),
    "tax_class": st.just("standard") | _TEXTS,
    "sale_price": _maybe(_AMOUNTS),
    "cost": _maybe(_AMOUNTS),
    "floor_price": _maybe(_AMOUNTS),
    "weight_g": _maybe(st.integers(0, 10**6)),
    "volume_cm3": _maybe(st.integers(0, 10**6)),
}
BODIES = st.builds(
    DryRunBody,
    lines=st.lists(st.builds(GivenLine, quantity=st.integers(1, 99), **_FACTS), max_size=3).map(tuple),
    channel=_maybe(st.sampled_from(["web", "on", "7"])),
    locale=_maybe(st.sampled_from(["en", "pt-BR", "no"])),
    customer=st.builds(
        GivenCustomer, id=_maybe(_TEXTS), group=_maybe(_TEXTS), email=_maybe(_TEXTS), phone=_maybe(_TEXTS),
        orders_paid=_maybe(st.integers(0, 99)), spent=_maybe(_AMOUNTS), registered=_maybe(_INSTANTS),
        tags=_maybe(_TAGS),
    ),
    destination=st.builds(
        GivenDestination, country=_maybe(st.sampled_from(["BR", "NO"])), region=_maybe(_TEXTS),
        postcode=_maybe(_TEXTS), city=_maybe(_TEXTS),
    ),
    coupon_codes=st.lists(_TEXTS, max_size=2).map(tuple),
    shipping_method=_maybe(_TEXTS),
    payment_method=_maybe(_TEXTS),
    cash_on_delivery_today=_maybe(st.integers(0, 9)),
    tags=_maybe(_TAGS),
    catalogue=st.lists(st.builds(GivenItem, **_FACTS), max_size=2, unique_by=lambda item: item.sku).map(tuple),
)  # fmt: skip


@pytest.fixture(scope="module")
def live() -> LiveBook:
    """What decides for a store that has said nothing."""
    return RuleBooks().live(a_store())


def cart_of(text: str, live: LiveBook) -> Any:
    """The cart of the one case of a text."""
    node = load(Source("case", text)).node
    case = node.items[0] if isinstance(node, Sequence) else node
    assert isinstance(case, Mapping)
    read = case.get("given")
    assert read is not None
    context = ScenarioContext(vocabulary=live.vocabulary, currency=live.currency, timezone=live.timezone)
    scenario, faults = read_scenario(read, context)
    assert scenario is not None, (faults, text)
    return scenario.cart


@given(BODIES, _TEXTS, st.dictionaries(_TEXTS, _TEXTS, min_size=1, max_size=3))
def test_a_case_is_the_basket_of_its_scenario(
    live: LiveBook, body: DryRunBody, name: str, expected: dict[str, Any]
) -> None:
    cart = to_cart(basket_of(body, "BRL", AT))
    lines = case_lines(name, body, expected, "BRL", AT)
    assert cart_of("\n".join(lines), live) == cart
    assert cart_of(case_in_one_line(name, body, expected, "BRL", AT), live) == cart


def test_a_case_reads_like_those_that_people_write() -> None:
    body = DryRunBody(
        lines=(LAMP,),
        customer=GivenCustomer(group="vip"),
        destination=GivenDestination(country="BR", postcode="01310-100"),
        coupon_codes=("WELCOME10",),
    )
    written = "\n".join(case_lines("VIPs pay 9,90", body, {"total": "199.00", "applied": []}, "BRL", AT))
    assert (
        written
        == """\
- name: "VIPs pay 9,90"
  given:
    store: {currency: BRL}
    at: 2026-06-10T20:00:00Z
    customer: {group: vip}
    destination: {country: BR, postcode: "01310-100"}
    coupon: [WELCOME10]
    lines:
      - {sku: LAMP, price: "199.00", quantity: 1, category: home/lamps, weight: 400g}
  expect:
    total: "199.00"
    applied: []"""
    )
    formatted, _ = format_yaml(Source("case", written + "\n"))
    assert formatted == written + "\n"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (199.0, "write amounts as text"),
        ([{"a": 1.5}], "write amounts as text"),
        (10**16, "too large"),
        ([[[[[[[[]]]]]]]], "nested"),
    ],
)
def test_what_no_case_can_hold_is_told_with_its_key(value: Any, why: str) -> None:
    with pytest.raises(Unwritable, match=why) as raised:
        expected_lines({"total": "1.00", "lines": value})
    assert raised.value.key == "lines"
