"""Checkout, compiled."""

from __future__ import annotations

from engine.compiler.conditions import (
    SelectionTable,
    compile_refusal,
    index_rules,
    origin,
    reads_calendar,
    rule_boxes,
    set_facts,
    tax_sums,
)
from engine.documents.conditions import facts_read
from engine.documents.model import ALWAYS_OPEN, CheckoutDocument, PaymentMethod
from engine.runtime.arithmetic import ROUNDERS
from engine.runtime.checkout import CheckoutProgram, CompiledPayment


def compile_checkout(document: CheckoutDocument) -> CheckoutProgram:
    """Refusals and payment methods behind one index each."""
    conditions = [each.when for each in document.refusals] + [each.when for each in document.payment_methods]
    minimum = document.minimum_order
    read = {fact for condition in conditions for fact in facts_read(condition)}
    if minimum is not None:
        read.add(minimum.of)
    head = document.head
    return CheckoutProgram(
        hash=head.hash,
        rounder=ROUNDERS[head.rounding],
        timezone=head.timezone,
        reads_calendar=reads_calendar(conditions),
        tax_sums=tax_sums(read),
        required=tuple((fact, origin(document, "require", span)) for fact, span in document.required),
        minimum=None
        if minimum is None
        else (minimum.amount, minimum.of, origin(document, "minimum_order", minimum.span)),
        refusals=tuple(compile_refusal(document, refusal) for refusal in document.refusals),
        refusal_index=index_rules(document, [rule_boxes(each.window, each.when) for each in document.refusals]),
        payments=tuple(_payment(method) for method in document.payment_methods),
        payment_index=index_rules(document, [rule_boxes(ALWAYS_OPEN, each.when) for each in document.payment_methods]),
        payments_origin=origin(document, "payment_methods", head.span),
        cash_step=document.cash_rounding,
        cash_methods=frozenset(document.cash_rounding_methods),
        cash_origin=origin(document, "cash_rounding", document.cash_rounding_span or head.span),
        price_lock_seconds=document.price_lock_seconds,
        selections=SelectionTable(document.aggregates).finish(),
        set_facts=set_facts(conditions),
    )


def _payment(method: PaymentMethod) -> CompiledPayment:
    return CompiledPayment(method.id, dict(method.name), method.when)
