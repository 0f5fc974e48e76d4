"""Which uses does an order take? Those of the coupons and counted promotions that gave it something.

Pure. A use is counted for a rule by all customers and by the one who orders, and for the code itself. Coupons are
counted without a limit too, for the report and for limits that are set later; promotions where they have a limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal
from uuid import UUID

import msgspec

from engine import Decision
from engine.documents.model import UNLIMITED, Limits
from server.auth.emails import fold
from server.decisions.books import LiveBook

UseKind = Literal["coupon", "promotion", "code"]
"""A coupon or promotion by the id of its rule, or one code of a coupon."""

EVERYBODY: Final = ""
"""The `customer` of a use that counts for all customers together."""


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """One use. `subject` is a rule's id or a folded code, `customer` whose uses are counted.

    `most` uses and a `budget` of minor units may be taken in all, None: any; `amount` is what this one gives away,
    never negative.
    """

    kind: UseKind
    subject: str
    customer: str = EVERYBODY
    most: int | None = None
    budget: int | None = None
    amount: int = 0


def customer_key(user_id: UUID | None, email: str | None) -> str | None:
    """Whose uses are counted: a user's, else those of an e-mail address; None while neither is known."""
    if user_id is not None:
        return f"user:{user_id}"
    return None if email is None else f"email:{fold(email.strip())}"


def uses_of(live: LiveBook, decision: Decision, customer: str) -> tuple[Use, ...]:
    """What an order with this decision uses up, sorted as counters are locked; `customer` as of `customer_key`.

    A rule that gave neither money nor a gift, such as free shipping where shipping costs nothing, is not used up.
    """
    given = _given(decision)
    uses = [*_of_coupons(live, decision, given, customer), *_of_promotions(live, given, customer)]
    return tuple(sorted(uses, key=lambda use: (use.kind, use.subject, use.customer)))


def _given(decision: Decision) -> Mapping[tuple[str, str], int]:
    """What each rule gave, minor units, by kind of ruleset and id; 0 for a gift."""
    given: dict[tuple[str, str], int] = {(gift.origin.kind, gift.origin.rule): 0 for gift in decision.gifts}
    for posting in decision.postings:
        key = (posting.origin.kind, posting.origin.rule)
        given[key] = given.get(key, 0) - posting.amount
    return given


def _of_coupons(
    live: LiveBook, decision: Decision, given: Mapping[tuple[str, str], int], customer: str
) -> Iterator[Use]:
    for coupon in decision.coupons:
        amount = given.get(("coupons", coupon.rule))
        if coupon.state != "applied" or amount is None:
            continue
        limits = live.limited.coupons.get(coupon.rule, UNLIMITED)
        yield from _of_rule("coupon", coupon.rule, limits, amount, customer)
        yield Use(kind="code", subject=coupon.code, most=limits.per_code, amount=amount)


def _of_promotions(live: LiveBook, given: Mapping[tuple[str, str], int], customer: str) -> Iterator[Use]:
    for rule, limits in live.limited.promotions.items():
        amount = given.get(("promotions", rule))
        if amount is not None:
            yield from _of_rule("promotion", rule, limits, amount, customer)


def _of_rule(kind: UseKind, rule: str, limits: Limits, amount: int, customer: str) -> Iterator[Use]:
    yield Use(kind=kind, subject=rule, most=limits.total, budget=limits.budget, amount=amount)
    yield Use(kind=kind, subject=rule, customer=customer, most=limits.per_customer, amount=amount)
