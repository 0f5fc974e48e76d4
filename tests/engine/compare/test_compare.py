"""Two books decide the same carts: what is counted, and which rule every cent comes from."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given

from engine.compare import compare_carts
from engine.compare.model import MEASURES, Comparison
from engine.facts.cart import Cart
from engine.pipeline import evaluate
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.evaluate import CurrencyMismatch
from tests.engine.compare.generated import Asked, compiled, few, pairs
from tests.engine.compare.shops import basket, shop
from tests.engine.runtime.books import book, cart


def compared(before: Book, after: Book, *carts: Cart) -> Comparison:
    return compare_carts(before, after, [(f"cart {number}", each) for number, each in enumerate(carts, 1)])


# what holds for every pair of books ----------------------------------------------------------------------------


@given(pairs())
@few
def test_the_causes_sum_to_the_differences_of_total_and_tax_in_all_and_for_each_cart(asked: Asked) -> None:
    before, after, carts = compiled(asked)
    for part in (carts, *([each] for each in carts)):
        for sums in compare_carts(before, after, part).currencies.values():
            causes = sums.causes.values()
            assert sum(cause.amount for cause in causes) == sums.after.total - sums.before.total
            assert sum(cause.tax for cause in causes) == sums.after.tax - sums.before.tax
            assert sums.carts == 0 or sums.after.total - sums.before.total == sum(
                difference * count for difference, count in sums.differences["total"].items()
            )


@given(pairs())
@few
def test_every_cart_is_counted_once_with_the_sums_of_deciding_it_alone(asked: Asked) -> None:
    pair = compiled(asked)
    found = compare_carts(*pair)
    outcomes = found.compared, found.died, found.revived, found.refused_by_both, *found.skipped.values()
    assert found.read == sum(outcomes) == len(pair.carts)
    decided = [(evaluate(pair.before, each), evaluate(pair.after, each)) for _, each in pair.carts]
    both = [(one, other) for one, other in decided if not one.refusals and not other.refusals]
    assert found.compared == len(both)
    for sums in found.currencies.values():
        for measure in MEASURES:
            assert sums.differences[measure] == Counter(
                _amount(new, measure) - _amount(old, measure) for old, new in both
            )
        assert sums.before.total == sum(one.totals.total for one, _ in both)
        assert sums.lost == sum(one.totals.total for one, other in decided if other.refusals and not one.refusals)
        assert sums.won == sum(other.totals.total for one, other in decided if one.refusals and not other.refusals)


@given(pairs())
@few
def test_a_book_does_not_differ_from_itself_and_the_other_way_round_every_sign_is_the_other(asked: Asked) -> None:
    before, after, carts = compiled(asked)
    itself = compare_carts(before, before, carts)
    assert (itself.changed, itself.died, itself.revived, itself.smallest) == (0, 0, 0, [])
    assert (itself.coupons, itself.promotions, itself.payments, itself.methods) == ({}, {}, {}, {})
    there, back = compare_carts(before, after, carts), compare_carts(after, before, carts)
    assert (there.changed, there.died, there.revived) == (back.changed, back.revived, back.died)
    for currency, sums in there.currencies.items():
        mirrored = back.currencies[currency].causes
        assert {key: -cause.amount for key, cause in sums.causes.items()} == {
            key: cause.amount for key, cause in mirrored.items()
        }


def _amount(decision: Decision, measure: str) -> int:
    amount: int = getattr(decision.totals, measure)
    return amount


# what is counted -----------------------------------------------------------------------------------------------


def test_a_lower_threshold_gives_free_shipping_and_names_the_rule_with_its_place() -> None:
    found = compared(shop(), shop(free_from="149.00"), basket("90.00"), basket("180.00"), basket("260.00"))
    sums = found.currencies["EUR"]
    assert (found.changed, sums.cheaper, sums.dearer) == (1, 1, 0)
    (cause,) = sums.causes.values()
    assert (cause.kind, cause.rule, cause.carts, cause.amount, cause.changed) == (
        "shipping", "standard.free_from", 1, -490, True,
    )  # fmt: skip
    assert cause.at_before == cause.at_after == "shipping.yaml:12:16"


def test_what_only_follows_from_another_change_is_told_apart() -> None:
    sums = compared(shop(), shop(percent="50"), basket("210.00", group="vip")).currencies["EUR"]
    changed = {key: (cause.changed, cause.amount) for key, cause in sums.causes.items()}
    assert changed == {"promotions/ten-off": (True, -8400), "promotions/vip": (False, 420)}


def test_tax_that_prices_contain_is_a_cause_without_postings() -> None:
    def taxed(percent: int) -> Book:
        return book(
            tax=f"prices: included\nlevel: line\ntarget: tax\npolicy: first\nrates: [{{id: vat, percent: {percent}}}]"
        )

    found = compared(taxed(19), taxed(7), basket("10.70"))
    sums = found.currencies["EUR"]
    assert (found.changed, sums.dearer, sums.cheaper) == (1, 0, 0)
    assert [(key, cause.amount, cause.tax) for key, cause in sums.causes.items()] == [("tax/vat", 0, 70 - 171)]


def test_a_cart_that_only_the_second_book_refuses_died_of_its_codes() -> None:
    found = compared(shop(), shop(minimum="50.00"), basket("20.00"), basket("80.00"))
    assert (found.died, found.died_of, found.compared) == (1, {"minimum_order": 1}, 1)
    assert found.currencies["EUR"].lost == 2490
    assert [dead.cause for dead in found.smallest_dead] == ["minimum_order"]


def test_a_cart_that_only_the_first_book_refuses_is_revived_and_one_both_refuse_is_neither() -> None:
    found = compared(shop(minimum="50.00"), shop(minimum="30.00"), basket("40.00"), basket("20.00"))
    assert (found.revived, found.revived_from, found.refused_by_both) == (1, {"minimum_order": 1}, 1)
    assert found.currencies["EUR"].won == 4490


def test_promotions_that_begin_or_cease_to_count_are_flips() -> None:
    before = shop()
    after = book(promotions="lanes: [{id: order}]\nrules: [{id: new, lane: order, then: {percent_off: 1, on: order}}]")
    found = compared(before, after, basket("100.00"), basket("10.00"))
    flips = {name: (flip.gained, flip.lost) for name, flip in found.promotions.items()}
    assert flips == {"promotions/new": (2, 0), "promotions/ten-off": (0, 1)}
    assert found.methods == {"standard → none": 2}


def test_a_coupon_that_is_no_longer_taken_is_a_flip_and_no_promotion() -> None:
    def with_coupon(least: str) -> Book:
        return book(
            coupons="coupons: [{id: five, codes: [FIVE], when: {subtotal.items: {at_least: "
            f'"{least}"}}}}, then: {{amount_off: "5.00", on: order}}}}]'
        )

    asked = cart({"lines": [{"sku": "A", "price": "20.00", "quantity": 1}], "coupon": "FIVE"})
    found = compared(with_coupon("10.00"), with_coupon("30.00"), asked)
    assert {name: (flip.gained, flip.lost) for name, flip in found.coupons.items()} == {"five": (0, 1)}
    assert found.promotions == {}


# what is skipped -----------------------------------------------------------------------------------------------


def test_a_cart_in_another_currency_is_skipped_with_that_reason() -> None:
    found = compared(shop(), shop(), cart({"lines": [{"sku": "A", "price": "1", "quantity": 1}]}, "JPY"))
    assert (found.read, found.compared, found.skipped) == (1, 0, {"in another currency: JPY": 1})


def test_a_cart_the_engine_fails_at_is_skipped_and_the_others_are_not() -> None:
    broken = Cart(currency="EUR", now=10**30, lines=basket("10.00").lines)
    timed = book(
        promotions="lanes: [{id: order}]\n"
        "rules: [{id: noon, lane: order, when: {now.time: {at_least: '12:00'}}, then: {percent_off: 1, on: order}}]"
    )
    found = compared(timed, shop(), broken, basket("10.00"))
    assert (found.compared, found.skipped) == (1, {"the engine failed before: OverflowError": 1})
    # What nobody could buy any more is lost, so that a guard over revenue sees a book that fails.
    found = compared(shop(), timed, broken, basket("10.00"))
    assert (found.compared, found.skipped) == (1, {"the engine failed after: OverflowError": 1})
    assert found.currencies["EUR"].lost == evaluate(shop(), broken).totals.total > 0


def test_books_in_two_currencies_cannot_be_compared() -> None:
    with pytest.raises(CurrencyMismatch, match="one book is in EUR, the other in JPY"):
        compare_carts(shop(), book("JPY"), [])


# witnesses -----------------------------------------------------------------------------------------------------


def test_the_smallest_carts_show_different_causes_first() -> None:
    before, after = shop(), shop(percent="20", free_from="50.00")
    carts = [basket(price) for price in ("60.00", "61.00", "62.00", "63.00", "64.00", "65.00", "300.00")]
    smallest = compared(before, after, *carts).smallest
    assert [each.cause for each in smallest].count("promotions/ten-off") == 1
    assert [each.worth for each in smallest] == [6000, 30000, 6100, 6200, 6300]


def test_the_carts_that_pay_most_more_come_with_what_they_pay() -> None:
    dearer = compared(shop(percent="20"), shop(), *(basket(f"{price}.00") for price in range(100, 180, 10)))
    assert [each.difference for each in dearer.currencies["EUR"].most_dearer] == [1700, 1600, 1500, 1400, 1300]
