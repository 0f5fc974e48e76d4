"""What would a refund give back? The plan of what was asked for, from what was agreed; every fault is located."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from engine.lifecycle.refunds import plan
from engine.money import BadAmount, format_amount, parse_amount
from server.errors import Fault
from server.orders.snapshot import OrderHead
from server.payments import giving_back, refunds_repo
from server.payments.amounts import Basis, RefundPlan
from server.payments.errors import REFUND_INVALID
from server.payments.reclaiming import Terms, lost
from server.payments.schemas import PlanBody
from server.payments.snapshot import PaymentRow
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, the payment it is to be taken from, and the basis it was worked out on."""

    plan: RefundPlan
    payment: PaymentRow
    basis: Basis


async def planned(tx: Transaction, terms: Terms, order: OrderHead, asked: PlanBody) -> Planned:
    """The plan. Raises NOTHING_TO_REFUND, REFUND_INVALID with every fault, REFUND_TOO_LARGE with what is left."""
    payment = await giving_back.counting_payment(tx, order)
    basis = await giving_back.basis(tx, order)
    units = await _units(tx, order, basis, asked)
    amount = _amount(asked, order.currency)
    missed, policy = lost(terms, basis, units), terms.policy.shipping_on_partial
    try:
        found = plan(basis, units, shipping=asked.shipping, policy=policy, amount=amount, lost=missed)
    except ValueError as error:
        due = plan(basis, units, shipping=asked.shipping, policy=policy, lost=missed)
        detail = f"these units and shipping cost {format_amount(due.amount, order.currency)}; ask for no more than that"
        raise REFUND_INVALID(detail, faults=[Fault("/amount", REFUND_INVALID.code, detail)]) from error
    if found.amount == 0:
        if found.withheld > 0:
            kept = format_amount(missed, order.currency)
            raise REFUND_INVALID(f"that comes to nothing: what stays has lost a discount of {kept}")
        raise REFUND_INVALID("that comes to nothing; name units that cost something, or an amount")
    if found.amount > payment.left:
        raise giving_back.too_large(payment, found.amount)
    return Planned(found, payment, basis)


async def _units(tx: Transaction, order: OrderHead, basis: Basis, asked: PlanBody) -> dict[UUID, int]:
    received: dict[UUID, int] = {}
    if asked.return_id is not None:
        received = await refunds_repo.received_units(tx, order.id, asked.return_id)
        if not received:
            detail = f"order {order.number} has no return {asked.return_id} that has been received"
            raise REFUND_INVALID(detail, faults=[Fault("/return_id", REFUND_INVALID.code, detail)])
    if asked.lines is None:
        # What came back and was refunded in the meantime is not refunded again.
        left = {line.id: line.left_units for line in basis.lines}
        return {line: count for line, units in received.items() if (count := min(units, left.get(line, 0)))}
    faults = list(_faults(basis, asked))
    if faults:
        raise REFUND_INVALID(faults[0].message, faults=faults)
    return {each.line_id: each.units for each in asked.lines}


def _faults(basis: Basis, asked: PlanBody) -> list[Fault]:
    lines = {line.id: line for line in basis.lines}
    seen: set[UUID] = set()
    faults: list[Fault] = []
    for number, each in enumerate(asked.lines or ()):
        line = lines.get(each.line_id)
        if line is None:
            faults.append(_fault(f"/lines/{number}/line_id", f"the order has no line {each.line_id}"))
        elif each.line_id in seen:
            faults.append(_fault(f"/lines/{number}/line_id", f"line {each.line_id} is named twice"))
        elif each.units > line.left_units:
            faults.append(
                _fault(
                    f"/lines/{number}/units",
                    f"{each.units} units of line {each.line_id}, of which {line.left_units} can still be refunded",
                )
            )
        seen.add(each.line_id)
    return faults


def _fault(pointer: str, message: str) -> Fault:
    return Fault(pointer, REFUND_INVALID.code, message)


def _amount(asked: PlanBody, currency: str) -> int | None:
    if asked.amount is None:
        return None
    try:
        amount = parse_amount(asked.amount, currency)
    except BadAmount as error:
        raise REFUND_INVALID(str(error), faults=[_fault("/amount", str(error))]) from error
    if amount == 0:
        raise REFUND_INVALID("an amount has to be more than nothing", faults=[_fault("/amount", "is nothing")])
    return amount
