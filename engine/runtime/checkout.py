"""Checkout: may this cart become an order, how may it be paid, and to what is the total rounded in cash?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.documents.conditions import Condition
from engine.runtime.arithmetic import Rounder
from engine.runtime.decision import Origin, PaymentOption, Posting, Refusal
from engine.runtime.index import iter_bits
from engine.runtime.promotion_program import Context
from engine.runtime.reasons import failing
from engine.runtime.refusals import CompiledRefusal
from engine.runtime.rule_index import Matcher
from engine.runtime.selection import Selections
from engine.runtime.working import Working


@dataclass(frozen=True, slots=True)
class CompiledPayment:
    """A payment method; `when` is kept to say why it is not available."""

    id: str
    name: dict[str, str]
    when: Condition


@dataclass(frozen=True, slots=True)
class CheckoutProgram:
    """A checkout ruleset, compiled. `cash_step` is in minor units; None rounds nothing."""

    hash: str
    rounder: Rounder
    timezone: str
    reads_calendar: bool
    tax_sums: frozenset[str]
    required: tuple[tuple[str, Origin], ...]
    minimum: tuple[int, str, Origin] | None
    refusals: tuple[CompiledRefusal, ...]
    refusal_index: Matcher
    payments: tuple[CompiledPayment, ...]
    payment_index: Matcher
    payments_origin: Origin
    cash_step: int | None
    cash_methods: frozenset[str]
    cash_origin: Origin
    price_lock_seconds: int
    selections: Selections
    set_facts: Mapping[str, frozenset[str]]


def round_cash(program: CheckoutProgram, work: Working, total: int) -> int:
    """The total rounded half up to the cash step of the chosen payment method, posted as the last posting."""
    step = program.cash_step
    if step is None:
        return total
    if program.cash_methods and work.cart.payment_method not in program.cash_methods:
        return total
    rounded = (2 * total + step) // (2 * step) * step
    if rounded != total:
        work.cash_rounding = rounded - total
        work.postings.append(Posting("cash_rounding", rounded - total, "", program.cash_origin))
    return rounded


def run_checkout(program: CheckoutProgram, work: Working, context: Context) -> None:
    """Collect every refusal and every payment option; changes no money."""
    values = context.values
    for fact, origin in program.required:
        if fact not in values and fact not in work.sets:
            work.refusals.append(Refusal("fact_missing", origin, {"fact": fact}))
    if program.minimum is not None:
        amount, of, origin = program.minimum
        value = values.get(of)
        if isinstance(value, int) and value < amount:
            params = {"minimum": str(amount), "value": str(value), "add": str(amount - value), "fact": of}
            work.refusals.append(Refusal("minimum_order", origin, params))
    if program.refusals:
        for bit in iter_bits(program.refusal_index.match(values, context.touched)):
            refusal = program.refusals[bit]
            work.refusals.append(Refusal(refusal.code, refusal.origin, {"rule": refusal.id}, dict(refusal.message)))
    if program.payments:
        _offer_payments(program, work, context)


def _offer_payments(program: CheckoutProgram, work: Working, context: Context) -> None:
    mask = program.payment_index.match(context.values, context.touched)
    available = set()
    for number, payment in enumerate(program.payments):
        if mask >> number & 1:
            available.add(payment.id)
            work.payments.append(PaymentOption(payment.id, payment.name, True, ()))
        else:
            reasons = tuple(failing(payment.when, context.values, work.sets))
            work.payments.append(PaymentOption(payment.id, payment.name, False, reasons))
    chosen = work.cart.payment_method
    if chosen is not None and chosen not in available:
        work.refusals.append(Refusal("payment_method_unavailable", program.payments_origin, {"method": chosen}))
