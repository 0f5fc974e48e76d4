"""What holds for every decision, whatever the rulesets say."""

from __future__ import annotations

import pickle
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.facts.cart import Cart
from engine.pipeline import compile_book, evaluate
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.json import from_json, to_json
from tests.conftest import IS_SOAK
from tests.engine.runtime.books import cart, documents, vocabulary
from tests.engine.runtime.comparing import of_decision
from tests.engine.runtime.generated_books import Asked, whole_books, with_ids

few = settings(max_examples=400 if IS_SOAK else 24)


def compiled(asked: Asked) -> tuple[Book, Cart]:
    book = compile_book(documents(asked.bodies, asked.currency), asked.currency, vocabulary())
    return book, cart(asked.cart, asked.currency)


def decided(asked: Asked) -> Decision:
    return evaluate(*compiled(asked))


# money ---------------------------------------------------------------------------------------------------------


@given(whole_books())
@few
def test_every_total_is_the_sum_of_its_postings(asked: Asked) -> None:
    decision = decided(asked)
    by_kind: Counter[str] = Counter()
    by_line: Counter[tuple[str, str]] = Counter()
    for posting in decision.postings:
        by_kind[posting.kind] += posting.amount
        by_line[posting.kind, posting.line] += posting.amount
    totals = decision.totals
    assert sum(by_kind.values()) == totals.total
    assert by_kind["item"] + by_kind["pricing"] == totals.items
    assert by_kind["line_discount"] + by_kind["order_discount"] + by_kind["coupon"] == -totals.discount
    assert by_kind["shipping"] + by_kind["shipping_discount"] == totals.shipping
    assert by_kind["shipping_discount"] == -totals.shipping_discount
    assert (by_kind["tax"], by_kind["cash_rounding"]) == (totals.tax_added, totals.cash_rounding)
    for line in decision.lines:
        assert by_line["item", line.id] + by_line["pricing", line.id] == line.subtotal
        discounts = sum(by_line[kind, line.id] for kind in ("line_discount", "order_discount", "coupon"))
        assert (line.subtotal + discounts, -discounts) == (line.total, line.discount)


@given(whole_books())
@few
def test_totals_add_up_from_lines_shipping_and_tax(asked: Asked) -> None:
    decision = decided(asked)
    totals = decision.totals
    assert totals.items == sum(line.subtotal for line in decision.lines)
    assert totals.items - totals.discount == sum(line.total for line in decision.lines)
    assert totals.items - totals.discount + totals.shipping + totals.tax_added + totals.cash_rounding == totals.total
    assert totals.tax == sum(tax.amount for tax in decision.taxes)
    assert all(line.unit_price * line.quantity == line.subtotal for line in decision.lines)
    for line in decision.lines:
        assert (line.net is None) == (line.tax is None) == (line.gross is None)
        if line.net is not None and line.tax is not None:
            assert line.net + line.tax == line.gross


@given(whole_books())
@few
def test_nothing_is_ever_negative(asked: Asked) -> None:
    decision = decided(asked)
    amounts = [decision.totals.total, decision.totals.shipping, decision.totals.tax, decision.totals.discount]
    for line in decision.lines:
        amounts += [line.unit_price, line.subtotal, line.total, line.discount, line.net or 0, line.tax or 0]
    for option in decision.options:
        amounts += [option.price or 0, option.total or 0, (option.price or 0) - (option.total or 0)]
    amounts += [amount for tax in decision.taxes for amount in (tax.base, tax.amount)]
    assert min(amounts) >= 0


@given(whole_books())
@few
def test_no_discount_takes_more_than_there_is_above_the_floor(asked: Asked) -> None:
    book, given_cart = compiled(asked)
    for line, result in zip(given_cart.lines, evaluate(book, given_cart).lines, strict=True):
        floor = (line.floor_price or 0) * line.quantity
        assert min(floor, result.subtotal) <= result.total <= result.subtotal


# orders that must not matter -----------------------------------------------------------------------------------


@given(whole_books(), st.randoms(use_true_random=False))
@few
def test_the_order_of_lines_in_a_scenario_changes_no_byte(asked: Asked, random: Random) -> None:
    book, _ = compiled(asked)
    body = with_ids(asked.cart)
    shuffled = list(body["lines"])
    random.shuffle(shuffled)
    one = evaluate(book, cart(body, asked.currency))
    two = evaluate(book, cart({**body, "lines": shuffled}, asked.currency))
    assert to_json(one) == to_json(two)


@given(whole_books(), st.randoms(use_true_random=False))
@few
def test_the_order_of_rules_in_a_document_changes_no_amount(asked: Asked, random: Random) -> None:
    shuffled = dict(asked.bodies)
    for kind, key in (("pricing", "rules"), ("promotions", "rules"), ("coupons", "coupons")):
        items = list(asked.bodies[kind][key])
        random.shuffle(items)
        shuffled[kind] = {**asked.bodies[kind], key: items}
    assert of_decision(decided(asked)) == of_decision(decided(asked._replace(bodies=shuffled)))


@given(whole_books(), st.randoms(use_true_random=False))
@few
def test_the_order_of_codes_on_a_cart_changes_no_byte(asked: Asked, random: Random) -> None:
    book, _ = compiled(asked)
    codes = list(asked.cart.get("coupon", ()))
    random.shuffle(codes)
    if codes:
        shuffled = {**asked.cart, "coupon": codes}
        assert to_json(evaluate(book, cart(asked.cart, asked.currency))) == to_json(
            evaluate(book, cart(shuffled, asked.currency))
        )


@given(st.permutations(["br", "pt", "gb"]), st.sampled_from(["BR", "PT", "GB", "US"]))
@settings(max_examples=20)
def test_the_order_of_zones_that_do_not_overlap_changes_nothing(order: list[str], country: str) -> None:
    zones = [{"id": zone, "where": {"destination.country": zone.upper()}} for zone in order]
    rates = {"br": {"flat": "1.00"}, "pt": {"flat": "2.00"}, "gb": {"flat": "3.00"}}
    body = {"policy": "unique", "zones": zones, "methods": [{"id": "m", "rates": rates}]}
    asked = Asked({"shipping": body}, {"lines": [_line()], "destination": {"country": country}}, "EUR")
    assert decided(asked).totals.shipping == {"BR": 100, "PT": 200, "GB": 300, "US": 0}[country]


def _line() -> dict[str, object]:
    return {"sku": "S", "price": "10.00", "quantity": 1}


# the same answer, always ---------------------------------------------------------------------------------------


@given(whole_books())
@few
def test_a_trace_adds_skipped_rules_and_changes_nothing_else(asked: Asked) -> None:
    book, given_cart = compiled(asked)
    traced = evaluate(book, given_cart, trace=True)
    assert to_json(replace(traced, skipped=())) == to_json(evaluate(book, given_cart))


@given(whole_books())
@few
def test_a_decision_read_back_from_json_is_written_in_the_same_bytes(asked: Asked) -> None:
    book, given_cart = compiled(asked)
    written = to_json(evaluate(book, given_cart, trace=True))
    assert to_json(from_json(written)) == written


@given(whole_books())
@few
def test_a_pickled_book_decides_in_the_same_bytes(asked: Asked) -> None:
    book, given_cart = compiled(asked)
    copy = pickle.loads(pickle.dumps(book))
    assert to_json(evaluate(copy, given_cart)) == to_json(evaluate(book, given_cart))


@given(whole_books(), st.lists(whole_books(), max_size=3))
@settings(max_examples=10)
def test_threads_share_a_book_and_get_the_same_bytes(asked: Asked, others: list[Asked]) -> None:
    book, given_cart = compiled(asked)
    carts = [given_cart, *(cart(other.cart, asked.currency) for other in others if other.currency == asked.currency)]
    alone = [to_json(evaluate(book, each)) for each in carts]
    with ThreadPoolExecutor(max_workers=4) as pool:
        together = list(pool.map(lambda number: to_json(evaluate(book, carts[number % len(carts)])), range(24)))
    assert together == [alone[number % len(carts)] for number in range(24)]
