"""Tax, compiled."""

from __future__ import annotations

from engine.compiler.conditions import (
    SelectionTable,
    index_rules,
    origin,
    reads_calendar,
    rule_boxes,
    set_facts,
    tax_sums,
)
from engine.documents.conditions import facts_read
from engine.documents.model import TaxDocument, TaxRate
from engine.runtime.arithmetic import ROUNDERS
from engine.runtime.rule_index import Matcher
from engine.runtime.tax_program import CompiledRate, TaxProgram

_PRICED = {"line.unit_price", "line.on_sale", "line.subtotal"}
_SUMS = ("subtotal.", "discount.", "shipping.", "coupon.", "lines[")


def compile_tax(document: TaxDocument) -> TaxProgram:
    """Rates behind one index over facts of cart, class and line."""
    conditions = [rate.where for rate in document.rates]
    exemptions = [exemption.when for exemption in document.exemptions]
    members = set_facts([*conditions, *exemptions])
    read = dict.fromkeys(fact for condition in conditions for fact in facts_read(condition))
    return TaxProgram(
        hash=document.head.hash,
        rounder=ROUNDERS[document.head.rounding],
        timezone=document.head.timezone,
        reads_calendar=reads_calendar([*conditions, *exemptions]),
        prices=document.prices,
        level=document.level,
        target=document.target,
        rates=tuple(_rate(document, rate) for rate in document.rates),
        index=index_rules(document, [rule_boxes(rate.window, rate.where) for rate in document.rates]),
        selections=SelectionTable(document.aggregates).finish(),
        line_facts=tuple(fact for fact in read if fact.startswith("line.")),
        reads_prices=bool(_PRICED & set(read)),
        reads_sums=any(
            fact.startswith(_SUMS) for condition in [*conditions, *exemptions] for fact in facts_read(condition)
        ),
        tax_sums=tax_sums(fact for condition in [*conditions, *exemptions] for fact in facts_read(condition)),
        line_sets={fact: named for fact, named in members.items() if fact.startswith("line.")},
        set_facts={fact: named for fact, named in members.items() if not fact.startswith("line.")},
        exempt_index=_exemptions(document),
        shipping=document.shipping,
        refuse_unknown=document.otherwise == "refuse",
        conditions=tuple(conditions),
        origin=origin(document, "", document.head.span),
    )


def _rate(document: TaxDocument, rate: TaxRate) -> CompiledRate:
    return CompiledRate(rate.id, *rate.percent, origin(document, rate.id, rate.span, rate.where))


def _exemptions(document: TaxDocument) -> Matcher | None:
    if not document.exemptions:
        return None
    return index_rules(document, [rule_boxes(each.window, each.when) for each in document.exemptions])
