"""Keep decisions of this version for all later ones: `python -m tests.engine.runtime.old_decisions --write`.

Only adds. To keep another kind of decision, name it below and run it; whatever is stored already stays as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from engine import digest, to_json
from server.decisions.books import LiveBook, RuleBooks
from server.decisions.facts import (
    Basket,
    CouponFacts,
    CustomerFacts,
    Destination,
    LineFacts,
    UsageFacts,
)
from server.decisions.own_repo import OwnRuleset
from server.decisions.service import decide
from storage.ids import new_id
from storage.tenancy import Store
from tests.conftest import CHECKOUT
from tests.engine.runtime.old_decisions.entries import add

NOW: Final = datetime(2026, 6, 10, 20, tzinfo=UTC)
STORES: Final = CHECKOUT / "examples" / "stores"
SAO_PAULO: Final = Destination(country="BR", region="SP", postcode="01310-100", city="São Paulo")
LONDON: Final = Destination(country="GB", postcode="SW1A 1AA", city="London")
TOKYO: Final = Destination(country="JP", region="13", postcode="100-0001")


class Given(NamedTuple):
    """A decision to keep: who decides, and what."""

    name: str
    live: LiveBook
    basket: Basket


def main() -> int:
    """Write what is missing; without --write only say what is."""
    if sys.argv[1:] != ["--write"]:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    for each in given():
        decision = decide(each.live, each.basket)
        if add(each.name, each.live, each.basket, digest(decision), to_json(decision)):
            sys.stdout.write(f"kept {each.name}\n")
    return 0


def given() -> Iterator[Given]:
    """One of each kind."""
    books = RuleBooks(STORES)
    yield from _brazil(books.live(_store("BRL")))
    yield from _britain(books)
    yield from _japan(books.live(_store("JPY", "japan")))


def _brazil(live: LiveBook) -> Iterator[Given]:
    def of(name: str, *lines: LineFacts, **changes: Any) -> Given:
        customer = CustomerFacts(id="ana", signed_in=True, email="ana@example.com", orders_paid=3)
        facts = {
            "channel": "web", "locale": "pt-BR", "customer": customer, "destination": SAO_PAULO,
            "payment_method": "pix", "now": NOW, **changes,
        }  # fmt: skip
        return Given(f"brazil-{name}", live, Basket(currency="BRL", lines=lines, **facts))

    lamp = _line("LAMP", 19_900, category="home/lamps", weight_g=400)
    book = _line("BOOK", 8_990, quantity=2, category="books/cooking", tax_class="books", weight_g=700)
    newcomer = CustomerFacts(id="bia", signed_in=True, email="bia@example.com", orders_paid=0)
    yield of("ten-percent-and-tax-included", lamp)
    yield of("coupon-applied", lamp, customer=newcomer, coupon_codes=("WELCOME10",))
    yield of("coupons-rejected", lamp, coupon_codes=("WELCOME10", "NOPE"))
    used = CouponFacts(code="welcome10", used_code=1, used_customer=1, used_total=9, spent=4_000)
    yield of("coupon-used-up", lamp, customer=newcomer, coupon_codes=("WELCOME10",), coupons=(used,))
    yield of("buy-one-get-another-at-half-price", book)
    socks = _line("SOCK", 1_990, quantity=4, category="clothing/socks", weight_g=60, tags=("wool", "new"))
    member = CustomerFacts(id="ana", signed_in=True, group="member", orders_paid=9, spent=90_000, registered=NOW)
    yield of("three-for-two-and-refused-too-small", socks, customer=member)
    mug = _line("MUG", 3_990, quantity=2, category="kitchen/mugs", weight_g=350)
    coffee = _line("COFFEE", 2_990, category="kitchen/coffee", weight_g=260)
    yield of("bundle", mug, coffee)
    yield of(
        "gift-and-free-delivery", _line("SOFA", 80_000, category="home/lamps", weight_g=900), shipping_method="standard"
    )
    inland = Destination(country="BR", region="AM", postcode="69005-070")
    yield of("inland-delivery", _line("SOFA", 40_000, category="home/lamps", weight_g=9_000), destination=inland)
    yield of(
        "nothing-known-but-the-goods", lamp, customer=CustomerFacts(), destination=Destination(), payment_method=None
    )
    yield of("abroad", lamp, destination=Destination(country="PT", postcode="1000-001"))
    black_friday = datetime(2026, 11, 27, 15, tzinfo=UTC)
    shoes = _line("SHOE", 29_900, category="shoes/running", weight_g=800, sale_price=24_900, cost=12_000)
    yield of("black-friday", shoes, now=black_friday, payment_method="card")
    embassy = CustomerFacts(id="emb", signed_in=True, group="embassy", orders_paid=1)
    yield of(
        "exempt-from-tax", lamp, customer=embassy, usage={"ten-off-150": UsageFacts(customer=1, total=5, spent=100)}
    )


def _britain(books: RuleBooks) -> Iterator[Given]:
    tea = (
        _line("TEAPOT", 2_400, category="home/tea/pots", weight_g=900),
        _line("EARL-GREY", 850, category="food/tea", tax_class="food", weight_g=250),
        _line("CUP", 600, quantity=2, category="home/tea/cups", weight_g=250),
    )
    candles = _line("CANDLE", 1_200, quantity=25, category="home/candles", weight_g=300)
    store = _store("GBP", "uk")
    live = books.live(store)
    common = {"currency": "GBP", "now": NOW, "destination": LONDON, "payment_method": "card", "locale": "en-GB"}
    yield Given("britain-bundle-and-coupon", live, Basket(lines=tea, coupon_codes=("THANKS",), **common))
    yield Given("britain-price-tiers", live, Basket(lines=(candles,), **common))
    tax = (STORES / "uk" / "rules" / "tax" / "v1.yaml").read_text("utf-8").partition("\ncases:")[0]
    assert "\nprices: included" in tax
    added = tax.replace("\nprices: included", "\nprices: excluded")
    own = books.with_own(store, [OwnRuleset(new_id(), "tax", "default", 1, added, {})])
    yield Given("britain-tax-added", own, Basket(lines=tea, **common))


def _japan(live: LiveBook) -> Iterator[Given]:
    cups = _line("TEACUP", 10_000, quantity=3, category="home", weight_g=300, volume_cm3=800)
    bento = _line("BENTO", 598, quantity=2, category="food/bento", tax_class="food", weight_g=500, volume_cm3=900)
    common = {"currency": "JPY", "destination": TOKYO, "payment_method": "konbini", "locale": "ja"}
    evening = datetime(2026, 6, 10, 11, tzinfo=UTC)  # 20:00 in Tokyo
    yield Given("japan-tiered-percent-without-decimals", live, Basket(lines=(cups,), now=NOW, **common))
    yield Given("japan-evening-price-at-two-rates", live, Basket(lines=(cups, bento), now=evening, **common))
    okinawa = {**common, "destination": Destination(country="JP", region="47", postcode="900-0001")}
    first = CustomerFacts(id="c1", signed_in=True, orders_paid=0, registered=NOW - timedelta(days=2))
    yield Given(
        "japan-first-order-to-okinawa", live,
        Basket(lines=(bento,), now=NOW, customer=first, coupon_codes=("ＨＡＪＩＭＥＴＥ５００",), **okinawa),
    )  # fmt: skip


def _line(sku: str, price: int, quantity: int = 1, **facts: Any) -> LineFacts:
    return LineFacts(id=sku, sku=sku, quantity=quantity, list_price=price, **facts)


def _store(currency: str, rules: str | None = None) -> Store:
    return Store(
        id=new_id(), slug="a", name="A", domain=None, currency=currency, timezone="UTC", locale="en", country="BR",
        settings={} if rules is None else {"rules": rules},
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
