"""How much goes back for some units? Together always what the line cost, however they come back."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.documents.model.orders import ShippingOnPartial
from engine.lifecycle.refunds import Basis, LineMoney, RefundLine, everything, lost, plan, share_of
from engine.lifecycle.refunds import after as after_refund

A, B = "A", "B"
GROSS = st.integers(0, 10**12)
QUANTITY = st.integers(1, 200)


def fresh(line: str, quantity: int, gross: int) -> LineMoney[str]:
    return LineMoney(id=line, quantity=quantity, gross=gross, taken_units=0, taken_share=0)


def after(basis: Basis[str], lines: tuple[RefundLine[str], ...], shipping: int = 0) -> Basis[str]:
    """The basis once a refund with these lines has been requested."""
    back = {line.line: line for line in lines}
    return msgspec.structs.replace(
        basis,
        shipping_taken=basis.shipping_taken + shipping,
        lines=tuple(
            msgspec.structs.replace(
                line,
                taken_units=line.taken_units + back[line.id].units,
                taken_share=line.taken_share + back[line.id].share,
            )
            if line.id in back
            else line
            for line in basis.lines
        ),
    )


@given(gross=GROSS, quantity=QUANTITY, data=st.data())
def test_many_single_refunds_are_one_full_refund(gross: int, quantity: int, data: st.DataObject) -> None:
    basis = Basis(lines=(fresh(A, quantity, gross),), rest=0, shipping_taken=0)
    given_back, left = 0, quantity
    while left:
        units = data.draw(st.integers(1, left))
        found = plan(basis, {A: units}, shipping=None, policy="keep")
        assert 0 <= found.amount <= gross - given_back
        given_back += found.amount
        left -= units
        basis = after(basis, found.lines)
    assert given_back == gross


@given(gross=GROSS, quantity=QUANTITY, data=st.data())
def test_a_refund_that_is_refused_in_between_loses_no_cent(gross: int, quantity: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, quantity))
    second = data.draw(st.integers(0, quantity - first))
    line = fresh(A, quantity, gross)
    shares = [share_of(line, first)]
    taken = msgspec.structs.replace(line, taken_units=first, taken_share=shares[0])
    shares.append(share_of(taken, second))
    # The first is refused; the second keeps its money, and all the others are refunded after it.
    rest = msgspec.structs.replace(line, taken_units=second, taken_share=shares[1])
    assert share_of(rest, quantity - second) + shares[1] == gross


@given(
    total=st.integers(0, 10**6),
    shipping=st.integers(0, 10**5),
    quantities=st.lists(st.integers(1, 20), min_size=1, max_size=5),
    data=st.data(),
)
def test_no_order_of_returns_gives_more_or_less_than_was_paid(
    total: int, shipping: int, quantities: list[int], data: st.DataObject
) -> None:
    grosses = [data.draw(st.integers(0, total)) for _ in quantities]
    lines = tuple(fresh(str(number), *each) for number, each in enumerate(zip(quantities, grosses, strict=True)))
    policy: ShippingOnPartial = data.draw(st.sampled_from(["keep", "pro_rata"]))
    basis = Basis(lines=lines, rest=shipping, shipping_taken=0)
    given_back = 0
    while any(line.left_units for line in basis.lines):
        units = {line.id: data.draw(st.integers(0, line.left_units)) for line in basis.lines}
        if not any(units.values()):
            units = {line.id: line.left_units for line in basis.lines}
        found = plan(basis, units, shipping=None, policy=policy)
        assert sum(line.amount for line in found.lines) + found.shipping == found.amount
        assert given_back + found.amount <= sum(grosses) + shipping
        given_back += found.amount
        basis = after(basis, found.lines, found.shipping)
    assert given_back == sum(grosses) + shipping


def test_nine_lines_of_one_and_one_of_a_cent_give_back_what_they_were_discounted_to() -> None:
    # The discount of 0.04 was spread at placing: no line was charged more than its price, and none gives back more.
    grosses = [100 - 1] * 4 + [100] * 5 + [1]
    basis = Basis(lines=tuple(fresh(str(n), 1, gross) for n, gross in enumerate(grosses)), rest=0, shipping_taken=0)
    singles = [plan(basis, {line.id: 1}, shipping=None, policy="keep").amount for line in basis.lines]
    assert sum(singles) == 901 - 4
    assert everything(basis, 897).amount == 897


def test_ten_lines_of_one_less_six_cents_never_give_back_more_than_a_line_cost() -> None:
    grosses = [99] * 6 + [100] * 4
    basis = Basis(lines=tuple(fresh(str(n), 1, gross) for n, gross in enumerate(grosses)), rest=0, shipping_taken=0)
    singles = [plan(basis, {line.id: 1}, shipping=None, policy="keep").amount for line in basis.lines]
    assert (sum(singles), max(singles)) == (994, 100)


@pytest.mark.parametrize(
    ("policy", "wanted", "first", "second"),
    [
        ("keep", None, 0, 900),
        ("pro_rata", None, 300, 600),
        ("keep", True, 900, 0),
        ("pro_rata", False, 0, 900),
    ],
)
def test_shipping_goes_back_in_full_with_the_last_unit_and_before_by_the_policy(
    policy: ShippingOnPartial, wanted: bool | None, first: int, second: int
) -> None:
    basis = Basis(lines=(fresh(A, 1, 1000), fresh(B, 1, 2000)), rest=900, shipping_taken=0)
    one = plan(basis, {A: 1}, shipping=wanted, policy=policy)
    assert (one.shipping, one.is_everything) == (first, False)
    other = plan(after(basis, one.lines, one.shipping), {B: 1}, shipping=None, policy=policy)
    assert (other.shipping, other.is_everything) == (second, True)


def test_gifts_need_not_come_back() -> None:
    basis = Basis(lines=(fresh(A, 1, 1000), fresh(B, 1, 0)), rest=500, shipping_taken=0)
    found = plan(basis, {A: 1}, shipping=None, policy="keep")
    assert (found.is_everything, found.amount) == (True, 1500)


def test_a_unit_that_an_offer_made_free_was_ordered_too_and_shipping_waits_for_it() -> None:
    free = LineMoney(id=B, sku="SOCKS", quantity=1, gross=0, taken_units=0, taken_share=0)
    basis = Basis(lines=(fresh(A, 2, 4000), free), rest=500, shipping_taken=0)
    found = plan(basis, {A: 2}, shipping=None, policy="keep")
    assert (found.is_everything, found.amount) == (False, 4000)
    last = plan(after_refund(basis, found), {B: 1}, shipping=None, policy="keep")
    assert (last.is_everything, last.amount) == (True, 500)


def test_a_total_that_was_rounded_down_in_cash_gives_back_no_more_than_it_was() -> None:
    basis = Basis(lines=(fresh(A, 2, 1002),), rest=-2, shipping_taken=0)
    assert plan(basis, {A: 1}, shipping=None, policy="keep").amount == 501
    assert plan(basis, {A: 2}, shipping=None, policy="keep").amount == 1000


def test_the_last_value_that_comes_back_is_rounded_as_the_total_was_though_a_free_unit_stays() -> None:
    free = LineMoney(id=B, sku="SOCKS", quantity=1, gross=0, taken_units=0, taken_share=0)
    basis = Basis(lines=(fresh(A, 1, 1099), free), rest=-2, shipping_taken=0)
    found = plan(basis, {A: 1}, shipping=None, policy="keep")
    assert (found.is_everything, found.amount) == (False, 1097)
    assert plan(after_refund(basis, found), {B: 1}, shipping=None, policy="keep").amount == 0


def test_a_smaller_amount_is_spread_and_what_was_kept_does_not_come_back_later() -> None:
    basis = Basis(lines=(fresh(A, 2, 1000),), rest=0, shipping_taken=0)
    found = plan(basis, {A: 1}, shipping=None, policy="keep", amount=300)
    assert found.lines == (RefundLine(line=A, units=1, share=500, amount=300),)
    assert plan(after(basis, found.lines), {A: 1}, shipping=None, policy="keep").amount == 500


def test_a_larger_amount_than_the_units_cost_is_refused_and_one_for_itself_is_not() -> None:
    basis = Basis(lines=(fresh(A, 2, 1000),), rest=0, shipping_taken=0)
    with pytest.raises(ValueError, match="501 is more than the 500"):
        plan(basis, {A: 1}, shipping=None, policy="keep", amount=501)
    assert plan(basis, {}, shipping=None, policy="keep", amount=700).amount == 700


def test_everything_of_a_payment_goes_back_also_when_nothing_of_the_lines_is_left() -> None:
    line = msgspec.structs.replace(fresh(A, 1, 1000), taken_units=1, taken_share=1000)
    found = everything(Basis(lines=(line,), rest=0, shipping_taken=0), 200)
    assert (found.lines, found.shipping, found.amount) == ((), 0, 200)


@given(left=st.integers(1, 10**6), gross=st.integers(0, 10**6), quantity=QUANTITY, rest=st.integers(-5, 10**4))
def test_everything_is_exactly_what_is_left(left: int, gross: int, quantity: int, rest: int) -> None:
    found = everything(Basis(lines=(fresh("A", quantity, gross),), rest=rest, shipping_taken=0), left)
    assert found.amount == left
    assert not found.lines or sum(line.amount for line in found.lines) + found.shipping == left


@given(st.integers(1, 6), st.integers(0, 5_000), st.lists(st.integers(0, 3_000), min_size=6, max_size=6))
def test_what_is_kept_because_of_lost_discounts_comes_back_with_the_last_unit(
    quantity: int, gross: int, losses: list[int]
) -> None:
    basis = Basis(lines=(fresh(A, quantity, gross),), rest=0, shipping_taken=0)
    given_back = 0
    for number in range(1, quantity + 1):
        lost = losses[number - 1] if number < quantity else 0
        taken = basis.lines[0].taken_units
        found = plan(basis, {A: number - taken}, shipping=None, policy="keep", lost=lost)
        if found.amount == 0:
            continue  # nothing is given back, so nothing is noted either: the unit stays to be returned
        assert found.amount == sum(line.share for line in found.lines) - found.withheld
        given_back += found.amount
        basis = msgspec.structs.replace(after(basis, found.lines), withheld=basis.withheld + found.withheld)
    assert given_back == gross


@given(
    grosses=st.lists(st.integers(0, 20_000), min_size=2, max_size=4),
    shipping=st.integers(0, 3_000),
    losses=st.lists(st.integers(0, 30_000), min_size=4, max_size=4),
    with_shipping=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_whatever_was_lost_in_between_all_refunds_together_are_the_order(
    grosses: list[int], shipping: int, losses: list[int], with_shipping: list[bool]
) -> None:
    lines = [fresh(str(number), 1, gross) for number, gross in enumerate(grosses, 1)]
    basis = Basis(lines=tuple(lines), rest=shipping, shipping_taken=0)
    given_back = 0
    waiting: dict[str, int] = {}
    for number, line in enumerate(lines):
        waiting[line.id] = 1
        is_last = number == len(lines) - 1
        wanted = True if is_last or with_shipping[number] else None
        found = plan(basis, waiting, shipping=wanted, policy="keep", lost=0 if is_last else losses[number])
        assert found.amount == sum(each.amount for each in found.lines) + found.shipping
        assert found.shipping == (basis.shipping_left if wanted else found.shipping)
        if found.amount == 0:
            continue  # refused: nothing is noted, and the unit waits to come back with the next
        waiting = {}
        given_back += found.amount
        basis = msgspec.structs.replace(
            after(basis, found.lines, found.shipping), withheld=basis.withheld + found.withheld
        )
    assert given_back == sum(grosses) + shipping


def test_what_stays_loses_what_it_would_have_cost_more_alone() -> None:
    basis = Basis(
        lines=(LineMoney(id=A, sku="A", quantity=2, gross=18_000, taken_units=0, taken_share=0),),
        rest=0,
        shipping_taken=0,
    )
    assert lost(basis, {A: 1}, 10_000) == 1000
    assert lost(basis, {A: 1}, 8_000) == 0


def test_gifts_lose_nothing() -> None:
    basis = Basis(lines=(fresh(A, 1, 0),), rest=0, shipping_taken=0)
    assert lost(basis, {}, 0) == 0


@given(gross=GROSS, quantity=QUANTITY, shipping=st.integers(0, 5_000), loss=st.integers(0, 5_000))
def test_after_a_refund_the_basis_knows_what_is_left(gross: int, quantity: int, shipping: int, loss: int) -> None:
    basis = Basis(lines=(fresh(A, quantity, gross), fresh(B, 1, 500)), rest=shipping, shipping_taken=0)
    found = plan(basis, {A: quantity}, shipping=None, policy="pro_rata", lost=loss)
    left = after_refund(basis, found)
    assert (left.lines[0].left_units, left.lines[1].left_units) == (0, 1)
    assert left.shipping_taken == found.shipping
    assert left.withheld == found.withheld
    assert plan(left, {B: 1}, shipping=None, policy="keep").amount + found.amount == gross + 500 + shipping
