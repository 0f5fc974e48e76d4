"""What is a quote? What a cart came to at one instant, signed: it holds until it expires, even if rules change.

A quote is checked against the same cart, decided as of the quote's own instant: so neither the end of an offer nor a
new ruleset breaks it, and anything the customer or the catalogue has changed is told, never swallowed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple
from uuid import UUID

import msgspec

from engine import Decision
from server.decisions.facts import Basket, without_uses
from server.keys import KeyRing

PURPOSE: Final = "quote"
"""Of the key that signs."""

State = Literal["valid", "expired", "outdated"]


class QuotedLine(msgspec.Struct, frozen=True, array_like=True):
    """One line: units and what all of them cost, minor units."""

    sku: str
    quantity: int
    total: int


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer agrees to: every sum in minor units by its name, the lines by SKU, the methods, the gifts."""

    totals: dict[str, int]
    lines: tuple[QuotedLine, ...]
    shipping_method: str | None
    payment_method: str | None
    gifts: tuple[tuple[str, int], ...]


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """The signed content. `facts` is the hash of everything the rules saw; `rulesets` maps kind to hash.

    `decision_id` is the entry of the decision log, None for quotes that were not logged.
    """

    id: UUID
    store_id: UUID
    cart_id: UUID
    cart_version: int
    principal: str
    currency: str
    digest: str
    facts: str
    rulesets: dict[str, str]
    offered: Offered
    issued_at: datetime
    expires_at: datetime
    decision_id: UUID | None = None


class LineDifference(NamedTuple):
    """A line that is another one now; None where there is or was none."""

    sku: str
    was: QuotedLine | None
    now: QuotedLine | None


class Differences(NamedTuple):
    """What is different: sums that changed with the old and new one, and lines."""

    totals: dict[str, tuple[int, int]]
    lines: tuple[LineDifference, ...]
    methods_changed: bool
    gifts_changed: bool


class Checked(NamedTuple):
    """What a quote is worth now. `differences` are to what the cart comes to now, as of the quote's instant."""

    state: State
    differences: Differences
    rules_changed: tuple[str, ...]


def offered(decision: Decision, payment_method: str | None) -> Offered:
    """What the customer would agree to."""
    lines = sorted([QuotedLine(line.sku, line.quantity, line.total) for line in decision.lines], key=lambda it: it.sku)
    return Offered(
        totals=msgspec.structs.asdict(decision.totals),
        lines=tuple(lines),
        shipping_method=decision.shipping_method,
        payment_method=payment_method,
        gifts=tuple(sorted((gift.sku, gift.quantity) for gift in decision.gifts)),
    )


def facts_hash(basket: Basket) -> str:
    """sha256 of all facts of the basket, the instant included; the same facts always give the same.

    How often coupons and promotions were used is left out: whether there is one left is found out by taking it.
    """
    return hashlib.sha256(msgspec.json.encode(without_uses(basket), order="sorted")).hexdigest()


def expiry(now: datetime, price_lock_seconds: int) -> datetime:
    """Until when a quote given now holds; that instant itself is too late."""
    return now + timedelta(seconds=price_lock_seconds)


def seal(keys: KeyRing, quote: Quote) -> str:
    """The quote as a token: `<content>.<key id>.<signature>`, all URL-safe."""
    content = base64.urlsafe_b64encode(msgspec.json.encode(quote)).rstrip(b"=")
    return f"{content.decode()}.{keys.sign(PURPOSE, content)}"


def unseal(keys: KeyRing, token: str) -> Quote | None:
    """The quote of a token; None unless one of our keys signed exactly this."""
    content, _, signature = token.partition(".")
    # The content is one we wrote once the signature fits, so it is only read then.
    if not content.isascii() or not keys.verify(PURPOSE, content.encode(), signature):
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4)), type=Quote)
    except (binascii.Error, msgspec.DecodeError):
        # Signed by us in a shape that a later version gave up.
        return None


def check(
    quote: Quote, cart_id: UUID | None, basket: Basket, decision: Decision, rulesets: dict[str, str], now: datetime
) -> Checked:
    """What the quote is worth at `now`. Basket and decision are those of the cart as of the quote's instant.

    The same facts keep the price, whatever rules say by now; other facts do as long as they come to the same.
    """
    current = offered(decision, basket.payment_method)
    found = differences(quote.offered, current)
    rules_changed = tuple(
        sorted(kind for kind in {*quote.rulesets, *rulesets} if quote.rulesets.get(kind) != rulesets.get(kind))
    )
    state: State
    if now >= quote.expires_at:
        state = "expired"
    elif cart_id == quote.cart_id and _keeps(quote, basket, current, decision):
        state = "valid"
    else:
        state = "outdated"
    return Checked(state, found, rules_changed)


def _keeps(quote: Quote, basket: Basket, current: Offered, decision: Decision) -> bool:
    return facts_hash(basket) == quote.facts or (current == quote.offered and not decision.refusals)


def differences(was: Offered, now: Offered) -> Differences:
    """Everything that is not the same."""
    old, new = _by_sku(was.lines), _by_sku(now.lines)
    return Differences(
        totals={
            name: (was.totals.get(name, 0), total)
            for name, total in now.totals.items()
            if was.totals.get(name, 0) != total
        },
        lines=tuple(
            LineDifference(sku, old.get(sku), new.get(sku))
            for sku in sorted({*old, *new})
            if old.get(sku) != new.get(sku)
        ),
        methods_changed=(was.shipping_method, was.payment_method) != (now.shipping_method, now.payment_method),
        gifts_changed=was.gifts != now.gifts,
    )


def _by_sku(lines: Sequence[QuotedLine]) -> dict[str, QuotedLine]:
    return {line.sku: line for line in lines}
