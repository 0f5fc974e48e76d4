"""Which lints are there, in which order do they run, and how are they run on a document?

The order: first what concerns one condition alone, because a rule that can never hold has no boxes and all later
lints leave it out; then what makes a document wrong (overlaps where one answer is demanded, a campaign given twice,
limits that limit nothing, guards that never decide);
then defects of prices at single rows and steps, which an author corrects one by one; last what is missing altogether or
idle (gaps, parcels nobody takes, rules that never win, orders that only names decide, things always refused), of which
one cause brings forth many, and notes on how times are read. Reports are cut off after some findings, and so keep those
that come first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.boxes.effort import Effort
from engine.documents.model import AnyDocument
from engine.facts.vocabulary import Vocabulary
from engine.lint.clock_changes import clock_changes
from engine.lint.constant import constant_conditions
from engine.lint.contradictory import contradictory_conditions
from engine.lint.coupon_campaigns import coupon_campaigns
from engine.lint.coverage import coverage
from engine.lint.dominated import dominated
from engine.lint.duplicate_rules import duplicate_rules
from engine.lint.exclusions import exclusions
from engine.lint.falling_prices import falling_prices
from engine.lint.invites import invites
from engine.lint.outliving import outliving_coupons
from engine.lint.patterns import patterns
from engine.lint.permissions import permissions
from engine.lint.price_gaps import price_gaps
from engine.lint.price_overlaps import price_overlaps
from engine.lint.publish_policies import publish_policies
from engine.lint.refusals import refusals
from engine.lint.rule_order import rule_order
from engine.lint.stacking import stacking
from engine.lint.steep_shipping import steep_shipping
from engine.lint.steep_steps import steep_steps
from engine.lint.study import Study
from engine.lint.table_rows import table_rows
from engine.lint.tax_rates import tax_rates
from engine.lint.tier_reach import unreached_tiers
from engine.lint.tiers import tiers
from engine.lint.told import told
from engine.lint.zones import zones
from engine.text.diagnostics import Diagnostic

Lint = Callable[[Study], Iterator[Diagnostic]]

LINTS: tuple[Lint, ...] = (
    contradictory_conditions,
    constant_conditions,
    coupon_campaigns,
    permissions,
    publish_policies,
    told,
    invites,
    patterns,
    zones,
    tax_rates,
    table_rows,
    price_overlaps,
    falling_prices,
    tiers,
    unreached_tiers,
    steep_shipping,
    steep_steps,
    price_gaps,
    coverage,
    rule_order,
    duplicate_rules,
    dominated,
    exclusions,
    stacking,
    outliving_coupons,
    refusals,
    clock_changes,
)


def lint(document: AnyDocument, vocabulary: Vocabulary) -> list[Diagnostic]:
    """Everything the rules of a document mean together that their author can hardly want (RS4xx).

    `vocabulary` is the one the document was read with, store attributes included. Of several findings of one code
    at one place only the first is kept. Never raises; allowances are not applied (see `apply_allowances`).
    """
    study = Study(document, vocabulary)
    found: dict[object, Diagnostic] = {}
    for each in LINTS:
        study.effort = Effort()
        for diagnostic in each(study):
            place = diagnostic.span if diagnostic.span is not None else diagnostic.message
            found.setdefault((diagnostic.code, place), diagnostic)
    return list(found.values())
