"""A witness is as small as it can be, shows the same, and comes out the same every time."""

from __future__ import annotations

from hypothesis import given
from msgspec.structs import replace

from engine.compare import compare_carts, shrink, wanted, witnesses
from engine.compare.shrink import MOST_TRIES
from engine.facts.cart import Cart
from engine.pipeline import evaluate
from engine.runtime.decision import Decision
from tests.engine.compare.generated import Asked, compiled, few, pairs
from tests.engine.compare.shops import basket, shop
from tests.engine.runtime.books import cart


def total_differs(before: Decision, after: Decision) -> bool:
    return before.totals.total != after.totals.total


def test_only_what_the_difference_needs_is_left() -> None:
    asked = cart(
        {
            "lines": [{"sku": f"S{n}", "price": "30.00", "quantity": 7} for n in range(6)],
            "customer": {"group": "vip", "email": "a@b.example"},
            "destination": {"country": "DE"},
            "coupon": "NOTHING",
        }
    )
    left = shrink(shop(), shop(percent="20"), asked, total_differs)
    assert [(line.quantity, line.facts["line.quantity"]) for line in left.lines] == [(4, 4)]
    assert (set(left.facts), left.coupons) == ({"currency"}, ())


def test_a_cart_that_does_not_show_it_stays_as_it_is() -> None:
    asked = basket("10.00", quantity=5)
    assert shrink(shop(), shop(percent="20"), asked, total_differs) is asked


def test_a_cart_too_large_to_shrink_completely_is_left_where_the_tries_end() -> None:
    tries = 0

    def is_large(before: Decision, after: Decision) -> bool:
        nonlocal tries
        tries += 1
        return len(before.lines) > 300

    left = shrink(shop(), shop(), basket("1.00", lines=500), is_large)
    assert tries == MOST_TRIES
    assert 300 < len(left.lines) < 500


def test_a_smaller_cart_at_which_the_engine_fails_is_not_taken() -> None:
    def fails_when_single(before: Decision, after: Decision) -> bool:
        if len(before.lines) == 1:
            raise ZeroDivisionError
        return True

    assert len(shrink(shop(), shop(), basket("1.00", lines=9), fails_when_single).lines) == 2


@given(pairs())
@few
def test_every_witness_is_smaller_and_shows_what_it_is_there_for(asked: Asked) -> None:
    before, after, carts = pair = compiled(asked)
    found, by_name = compare_carts(*pair), dict(carts)
    shown = witnesses(before, after, found, by_name)
    assert [each.cart for each in shown] == [each.cart for each in (*found.smallest, *found.smallest_dead)]
    assert wanted(found) == {each.cart for each in shown}
    assert shown == witnesses(before, after, found, by_name)
    for each in shown:
        whole = by_name[each.cart]
        assert each.lines <= len(whole.lines)
        assert each.units <= sum(line.quantity for line in whole.lines)
        if each.died:
            assert each.cause in each.after.refusals
            assert not each.before.refusals
        else:
            assert (each.before.refusals, each.after.refusals) == ((), ())
            assert each.before != each.after


@given(pairs(most_carts=1))
@few
def test_nothing_that_is_left_can_go_alone(asked: Asked) -> None:
    before, after, ((_, whole),) = compiled(asked)
    left = shrink(before, after, whole, total_differs)
    if total_differs(evaluate(before, whole), evaluate(after, whole)):
        for smaller in _one_less(left):
            assert not total_differs(evaluate(before, smaller), evaluate(after, smaller))


def _one_less(whole: Cart) -> list[Cart]:
    lines = whole.lines
    without = [replace(whole, lines=(*lines[:n], *lines[n + 1 :])) for n in range(len(lines)) if len(lines) > 1]
    coupons = [
        replace(whole, coupons=tuple(each for each in whole.coupons if each.code != coupon.code))
        for coupon in whole.coupons
    ]
    return [*without, *coupons]
