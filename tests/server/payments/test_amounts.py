"""What do refunds of an order draw on? Its lines, less what was dropped and what earlier refunds took."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from engine.lifecycle.refunds import after, plan
from server.payments.amounts import Bought, RefundPlan, basis_of, unpaid_share
from server.payments.snapshot import RefundRow, RefundStatus

A, B = UUID(int=1), UUID(int=2)


def refund(planned: RefundPlan, status: RefundStatus = "approved") -> RefundRow:
    """The refund as it is stored."""
    return RefundRow(
        id=A, order_id=A, payment_id=A, return_id=None, number=1, kind="requested", status=status,
        amount=planned.amount, shipping_amount=planned.shipping, withheld=planned.withheld, currency="EUR", reason="",
        lines=planned.lines, restock=False, retry_of=None, reference=None, failure=None, requested_by=None,
        approved_by=None, tries=0, approved_at=None, settled_at=None, created_at=datetime(2026, 5, 1, tzinfo=UTC),
    )  # fmt: skip


def test_dropped_units_that_nobody_paid_are_neither_asked_for_nor_given_back() -> None:
    bought = Bought(id=A, quantity=3, gross=1000, dropped=1)
    assert unpaid_share([bought]) == 334
    basis = basis_of(1000, [bought], [], paid_at_door=True)
    assert basis.lines[0].left_units == 2
    assert basis_of(1000, [bought], [], paid_at_door=False).lines[0].left_units == 3
    assert plan(basis, {A: 2}, shipping=None, policy="keep").amount == 666


@given(
    gross=st.integers(1, 10**6),
    quantity=st.integers(2, 9),
    first=st.integers(1, 8),
    shipping=st.integers(0, 2_000),
    loss=st.integers(0, 10**6),
)
def test_a_stored_refund_leaves_what_the_plan_says(
    gross: int, quantity: int, first: int, shipping: int, loss: int
) -> None:
    bought = [Bought(id=A, sku="A", quantity=quantity, gross=gross, dropped=0)]
    total = gross + shipping
    fresh = basis_of(total, bought, [], paid_at_door=False)
    planned = plan(fresh, {A: min(first, quantity - 1)}, shipping=None, policy="pro_rata", lost=loss)
    assert basis_of(total, bought, [refund(planned)], paid_at_door=False) == after(fresh, planned)


def test_a_refund_that_was_refused_has_taken_nothing() -> None:
    bought = [Bought(id=A, sku="A", quantity=2, gross=1000, dropped=0), Bought(id=B, quantity=1, gross=1, dropped=0)]
    fresh = basis_of(1001, bought, [], paid_at_door=False)
    planned = plan(fresh, {A: 1}, shipping=None, policy="keep")
    assert basis_of(1001, bought, [refund(planned, "refused")], paid_at_door=False) == fresh
