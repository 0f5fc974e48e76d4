"""Does the engine hear all that the shop knows of a basket, and nothing else?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given

from engine import Cart, CouponEntry, Vocabulary
from engine.facts.cart import Usage
from engine.facts.given import is_given
from server.decisions.books import LiveBook
from server.decisions.facts import (
    Basket,
    CouponFacts,
    CustomerFacts,
    Destination,
    LineFacts,
    UsageFacts,
    microseconds,
    to_cart,
    without_uses,
)
from tests.server.decisions.baskets import BASKETS, NOW, a_basket, a_line

# Facts a shop could give and this one does not: none. A new fact of the vocabulary is made in facts.py or named here
# with the reason.
DELIBERATELY_ABSENT: frozenset[str] = frozenset()


def everything() -> Basket:
    """A basket of which everything is known."""
    line = LineFacts(
        id="L1", sku="A", quantity=2, list_price=100, product="p", category="a/b", brand="b", seller="s", tags=("t",),
        tax_class="books", sale_price=90, cost=50, floor_price=60, weight_g=10, volume_cm3=20,
    )  # fmt: skip
    customer = CustomerFacts(
        id="c", group="vip", email="a@b.example", phone="1", signed_in=True, orders_paid=1, spent=2, registered=NOW,
        tags=("x",),
    )  # fmt: skip
    return Basket(
        currency="BRL", now=NOW, lines=(line,), channel="web", locale="en", customer=customer,
        destination=Destination(country="BR", region="SP", postcode="01310-100", city="São Paulo"),
        coupon_codes=("A",), shipping_method="standard", payment_method="pix", cash_on_delivery_today=1, tags=("y",),
    )  # fmt: skip


def known(cart: Cart) -> set[str]:
    things: list[Any] = [cart, *cart.lines]
    return {name for thing in things for name in (*thing.facts, *thing.sets)}


def test_every_fact_a_caller_gives_is_made_from_a_basket_or_deliberately_absent(live: LiveBook) -> None:
    vocabulary: Vocabulary = live.vocabulary
    wanted = {fact.name for fact in vocabulary.facts.values() if is_given(fact) and fact.scope in ("cart", "line")}
    # The instant is no key of a map, and the chosen way of delivery is given though its section is worked out.
    wanted = wanted - {"now"} | {"shipping.method"}
    assert known(to_cart(everything())) == wanted - DELIBERATELY_ABSENT


def test_what_the_shop_does_not_know_is_no_fact_at_all() -> None:
    cart = to_cart(Basket(currency="BRL", now=NOW, lines=(LineFacts(id="L1", sku="A", quantity=1, list_price=1),)))
    assert known(cart) == {"currency", "line.sku", "line.quantity", "line.list_price", "line.tax_class"}


def test_having_no_labels_is_known_and_not_the_same_as_not_knowing() -> None:
    assert to_cart(a_basket(tags=())).sets == {"cart.tags": frozenset()}
    assert to_cart(a_basket(tags=None)).sets == {}


def test_somebody_who_has_not_signed_in_is_nobodys_account() -> None:
    cart = to_cart(a_basket(customer=CustomerFacts(id="ana", signed_in=False, email="ana@example.com")))
    assert cart.customer_id is None
    assert "customer.id" not in cart.facts
    assert cart.facts["customer.email"] == "ana@example.com"


def test_codes_postcodes_and_categories_are_written_in_their_one_form() -> None:
    cart = to_cart(
        a_basket(
            a_line(category="/home/lamps"),
            coupon_codes=(" Welcome10", "WELCOME10 ", "  "),
            destination=Destination(country="BR", postcode="01310-100"),
        )
    )
    assert [coupon.code for coupon in cart.coupons] == ["welcome10"]
    assert cart.facts["destination.postcode"] == "01310100"
    assert cart.lines[0].facts["line.category"] == "home/lamps/"


def test_what_is_known_of_a_code_goes_with_it_and_of_others_nothing() -> None:
    known = CouponFacts(
        code="news-1", campaign="newsletter", owner="ana", used_code=1, used_customer=2, used_total=3, spent=4
    )
    cart = to_cart(a_basket(coupon_codes=("OPEN", " News-1"), coupons=(known, CouponFacts(code="other", known=False))))
    assert cart.coupons == (
        CouponEntry(
            code="news-1", campaign="newsletter", owner="ana", used_code=1, used_customer=2, used_total=3, spent=4
        ),
        CouponEntry(code="open"),
    )


def test_what_was_used_of_a_promotion_goes_with_the_cart() -> None:
    cart = to_cart(a_basket(usage={"early": UsageFacts(customer=1, total=2, spent=3), "late": UsageFacts()}))
    assert cart.usage == {"early": Usage(1, 2, 3), "late": Usage(None, 0, 0)}


def test_a_basket_without_uses_keeps_whose_a_code_is_and_forgets_what_others_did() -> None:
    known = CouponFacts(code="news-1", campaign="newsletter", owner="ana", used_code=1, used_total=3, spent=4)
    basket = a_basket(coupon_codes=("NEWS-1",), coupons=(known,), usage={"early": UsageFacts(total=2)})
    unused = CouponFacts(code="news-1", campaign="newsletter", owner="ana")
    assert without_uses(basket) == a_basket(coupon_codes=("NEWS-1",), coupons=(unused,))


def test_a_postcode_of_nothing_but_hyphens_is_not_known() -> None:
    assert "destination.postcode" not in to_cart(a_basket(destination=Destination(postcode=" - "))).facts


def test_lines_stand_in_the_same_order_whoever_put_them_in() -> None:
    lines = [a_line(number) for number in (10, 2, 1)]
    assert to_cart(a_basket(*lines)) == to_cart(a_basket(*reversed(lines)))
    assert [line.id for line in to_cart(a_basket(*lines)).lines] == ["L1", "L2", "L10"]


def test_instants_are_exact_to_the_microsecond() -> None:
    assert microseconds(datetime(2026, 6, 10, 20, 0, 0, 1, tzinfo=UTC)) == 1_781_121_600_000_001


@given(basket=BASKETS)
def test_a_basket_comes_back_from_json_as_it_was(basket: Basket) -> None:
    assert msgspec.json.decode(msgspec.json.encode(basket), type=Basket) == basket
