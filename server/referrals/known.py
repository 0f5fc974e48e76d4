"""What is known of the codes on a cart, and of the offers that can be used up? Read when the rules will ask for it.

A static code without limits, and a book without limited promotions, cost no statement; everything else costs one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec

from engine.facts.words import fold_code
from server.decisions.books import LiveBook
from server.decisions.facts import CouponFacts, UsageFacts
from server.decisions.limited import is_counted
from server.referrals import known_repo
from storage.transaction import Transaction


class KnownUses(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of codes, and of promotions by id, as a basket takes them."""

    coupons: tuple[CouponFacts, ...] = ()
    usage: dict[str, UsageFacts] = {}


NOTHING_KNOWN: Final = KnownUses()


async def load(
    tx: Transaction, live: LiveBook, codes: Sequence[str], customer: str | None, at: datetime, limited: Collection[str]
) -> KnownUses:
    """What the shop knows of these codes, and of `limited` promotions; one statement, or none when there are none.

    `customer` as of `customer_key`. Codes that were issued are known until they are revoked or, at `at`, have expired.
    """
    asked = [code for code in (_asked(live, fold_code(code)) for code in codes) if code is not None]
    promotions = sorted(limited)
    if not asked and not promotions:
        return NOTHING_KNOWN
    coupons, usage = await known_repo.read(tx, asked, live.limited.campaigns, promotions, customer, at)
    return KnownUses(coupons=coupons, usage=usage)


def _asked(live: LiveBook, code: str) -> known_repo.Asked | None:
    """What to look up of a code; None when the rules do not depend on it."""
    found = None if live.book.coupons is None else live.book.coupons.by_code.get(code)
    if found is None:
        return known_repo.Asked(code=code) if code and live.limited.campaigns else None
    return known_repo.Asked(code=code, rule=found.coupon.id) if is_counted(found.coupon.limits) else None
