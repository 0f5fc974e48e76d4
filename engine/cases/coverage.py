"""Which rules of a document did the cases reach?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.documents.model import (
    AccessDocument,
    AnyDocument,
    CheckoutDocument,
    CouponsDocument,
    InventoryDocument,
    NotificationsDocument,
    PricingDocument,
    PromotionsDocument,
    ReferralsDocument,
    ShippingDocument,
    SignalsDocument,
    TaxDocument,
)
from engine.runtime.decision import Decision
from engine.signals.read_case import derived_name
from engine.text.diagnostics import Diagnostic, warning
from engine.text.source import Span

Reached = tuple[str, str]
"""What kind of thing in the document, and its id: ("method", "standard")."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Something of a document that a case can exercise."""

    what: str
    id: str
    span: Span

    @property
    def key(self) -> Reached:
        """What a decision is said to have reached."""
        return self.what, self.id


def rules_of(document: AnyDocument) -> tuple[Rule, ...]:
    """Everything in the document that has to be exercised by a case, in document order."""
    return tuple(sorted(_rules(document), key=lambda rule: rule.span))


def reached(decision: Decision) -> Iterator[Reached]:
    """What a decision shows to have had an effect: given, charged, offered or refused."""
    for posting in decision.postings:
        if posting.origin.kind == "pricing":
            yield "rule", posting.origin.rule
    yield from (("rule", rule) for rule in decision.applied)
    yield from (("coupon", coupon.rule) for coupon in decision.coupons if coupon.state == "applied")
    yield from (("rate", tax.rate) for tax in decision.taxes)
    yield from (("refusal", refusal.origin.rule) for refusal in decision.refusals)
    yield from (("payment method", payment.method) for payment in decision.payments if payment.available)
    for option in decision.options:
        if option.price is not None:
            yield "method", option.method
            yield "zone", option.zone
        yield from (("refusal", reason.params["rule"]) for reason in option.reasons if "rule" in reason.params)


def never_reached(rules: Sequence[Rule], seen: frozenset[Reached]) -> tuple[Rule, ...]:
    """The rules no case exercised."""
    return tuple(rule for rule in rules if rule.key not in seen)


def unexercised(rule: Rule) -> Diagnostic:
    """RS620 at a rule without a case."""
    hint = "add a case in which it has an effect, so that a later change cannot break it unseen"
    return warning("RS620", f"no case exercises the {rule.what} '{rule.id}'", rule.span, hint=hint)


def _rules(document: AnyDocument) -> Iterator[Rule]:
    if isinstance(document, PricingDocument | PromotionsDocument):
        yield from (Rule("rule", rule.id, rule.span) for rule in document.rules)
    elif isinstance(document, CouponsDocument):
        yield from (Rule("coupon", coupon.id, coupon.span) for coupon in document.coupons)
    elif isinstance(document, ShippingDocument):
        yield from (Rule("zone", zone.id, zone.span) for zone in document.zones)
        yield from (Rule("method", method.id, method.span) for method in document.methods)
        yield from (Rule("refusal", refusal.id, refusal.span) for refusal in document.refusals)
    elif isinstance(document, TaxDocument):
        yield from (Rule("rate", rate.id, rate.span) for rate in document.rates)
    elif isinstance(document, CheckoutDocument):
        yield from (Rule("refusal", refusal.id, refusal.span) for refusal in document.refusals)
        yield from (Rule("payment method", method.id, method.span) for method in document.payment_methods)
    elif isinstance(document, AccessDocument):
        yield from (Rule("role", role.id, role.span) for role in document.roles)
        limits = ((role, limit) for role in document.roles for limit in role.limits)
        yield from (Rule("limit", f"{role.id} {limit.action}", limit.span) for role, limit in limits)
        yield from (Rule("publish policy", condition, span) for condition, span in document.policy.spans)
    elif isinstance(document, InventoryDocument):
        yield from (Rule("reservation", each.id, each.span) for each in document.reservations)
    elif isinstance(document, ReferralsDocument):
        yield from _of_referrals(document)
    elif isinstance(document, NotificationsDocument):
        yield from (Rule("rule", rule.id, rule.span) for rule in document.rules)
    elif isinstance(document, SignalsDocument):
        yield from (Rule("signal", signal.id, signal.span) for signal in document.signals)
        yield from (Rule("derivation", derived_name(each), each.span) for each in document.derivations)
        yield from (Rule("tag", each.tag, each.span) for each in document.tags)


def _of_referrals(document: ReferralsDocument) -> Iterator[Rule]:
    if document.qualifies is not None:
        yield Rule("condition", "qualifies", document.qualifies.span)
    if document.reverses is not None:
        yield Rule("condition", "reversed", document.reverses.span)
    yield from (Rule("guard", guard.id, guard.span) for guard in document.guards)
    yield from (Rule("milestone", milestone.id, milestone.span) for milestone in document.milestones)
    yield from (Rule("reward", reward.id, reward.span) for reward in document.rewards)
