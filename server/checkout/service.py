"""What does the cart cost, and until when? Read, decide, sign: the first half of an order, with nothing taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from engine import digest
from engine.money import formatter
from engine.runtime.explain import Explanation, Level
from server.cart.service import DecidedCart, decided, load_cart, owner_of
from server.checkout.errors import QUOTE_EXPIRED, QUOTE_FORGED, QUOTE_OUTDATED
from server.checkout.quote import (
    Checked,
    Differences,
    Quote,
    QuotedLine,
    check,
    expiry,
    facts_hash,
    offered,
    seal,
    unseal,
)
from server.checkout.refusing import refuse_what_cannot_be_ordered
from server.decisions.service import check_level, explain_at, is_sampled, record
from server.decisions.trials_arms import arm_of
from server.errors import AppError, ErrorCode
from server.web.call import Call
from storage.ids import new_id
from storage.transaction import Transaction

DEFAULT_LOCK_SECONDS: Final = 900
"""How long a quote holds in a store whose rule book has no checkout ruleset."""


@dataclass(frozen=True, slots=True)
class GivenQuote:
    """A quote with its token, the cart it is for, and why it costs what it costs."""

    quote: Quote
    token: str
    found: DecidedCart
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class ExplainedCart:
    """The cart, and why it costs what it costs."""

    found: DecidedCart
    explanation: Explanation


async def give_quote(call: Call, level: Level, locale: str | None) -> GivenQuote:
    """A signed price for the caller's cart as it is now; the decision behind it goes to the log, or a sample does.

    Raises QUOTE_REFUSED with every reason, EXPLANATION_NOT_ALLOWED and RULES_MISSING.
    """
    check_level(call.actor, level)
    owner = owner_of(call.actor)

    async def work(tx: Transaction) -> tuple[Quote, DecidedCart]:
        found = decided(call, await load_cart(tx, call, owner), "quote")
        refuse_what_cannot_be_ordered(found, locale or found.locale)
        return await _quote(tx, call, found), found

    quote, found = await call.database.transaction(call.store.id, work)
    explanation = explain_at(found.live, found.basket, level, locale or found.locale)
    return GivenQuote(quote, seal(call.shop.keys, quote), found, explanation)


def opened_quote(call: Call, token: str) -> Quote:
    """The quote of a token. Raises QUOTE_FORGED for what we did not give to this caller in this store."""
    quote = unseal(call.shop.keys, token)
    if quote is None or (quote.store_id, quote.principal) != (call.store.id, call.actor.principal):
        raise QUOTE_FORGED("we did not give you this quote, or it was changed; ask for a new one")
    return quote


async def verify_quote(call: Call, token: str) -> tuple[Quote, Checked]:
    """The quote of a token, when it holds.

    Raises QUOTE_FORGED for what we did not give to this caller in this store, QUOTE_EXPIRED, and QUOTE_OUTDATED; the
    last two say what is different now.
    """
    quote = opened_quote(call, token)
    owner = owner_of(call.actor)

    async def work(tx: Transaction) -> Checked:
        found = decided(call, await load_cart(tx, call, owner, quote.issued_at), "quote")
        rulesets = found.live.book.rulesets
        now = await tx.now()
        return check(quote, found.cart.id, found.basket, found.decision, rulesets, now)

    checked = await call.database.transaction(call.store.id, work)
    if checked.state == "expired":
        raise does_not_hold(QUOTE_EXPIRED, f"it held until {quote.expires_at.isoformat()}", quote, checked)
    if checked.state == "outdated":
        raise does_not_hold(QUOTE_OUTDATED, "the cart has changed since", quote, checked)
    return quote, checked


async def explain_cart(call: Call, level: Level, locale: str | None) -> ExplainedCart:
    """Why the caller's cart costs what it costs. Raises EXPLANATION_NOT_ALLOWED and RULES_MISSING."""
    check_level(call.actor, level)
    owner = owner_of(call.actor)

    async def work(tx: Transaction) -> DecidedCart:
        return decided(call, await load_cart(tx, call, owner))

    found = await call.database.transaction(call.store.id, work)
    return ExplainedCart(found, explain_at(found.live, found.basket, level, locale or found.locale))


async def _quote(tx: Transaction, call: Call, found: DecidedCart) -> Quote:
    cart, live, basket, decision = found.cart, found.live, found.basket, found.decision
    assert cart.id is not None, "an empty cart has been refused"
    quote_id = new_id()
    decision_id = None
    # Who takes part in a trial may change before the order does: then only the log knows the price.
    if arm_of(call).is_canary or is_sampled(quote_id, call.shop.settings.quote_log_share):
        decision_id = await record(
            tx, purpose="quote", cart_id=cart.id, actor=call.actor, live=live, basket=basket, decision=decision
        )
    checkout = live.book.checkout
    lock_seconds = DEFAULT_LOCK_SECONDS if checkout is None else checkout.price_lock_seconds
    return Quote(
        id=quote_id,
        store_id=call.store.id,
        cart_id=cart.id,
        cart_version=cart.version,
        principal=call.actor.principal,
        currency=basket.currency,
        digest=digest(decision),
        facts=facts_hash(basket),
        rulesets=live.book.rulesets,
        offered=offered(decision, basket.payment_method),
        issued_at=cart.now,
        expires_at=expiry(cart.now, lock_seconds),
        decision_id=decision_id,
    )


def does_not_hold(error: ErrorCode, why: str, quote: Quote, checked: Checked) -> AppError:
    """The error, with everything that is different now."""
    return error(
        f"quote {quote.id}: {why}; ask for a new one",
        **_told(checked.differences, quote.currency),
        rules_changed=list(checked.rules_changed),
    )


def _told(differences: Differences, currency: str) -> dict[str, Any]:
    """The differences for programs to read; money as decimal strings."""
    money = formatter(currency)

    def line(quoted: QuotedLine | None) -> dict[str, Any] | None:
        return None if quoted is None else {"quantity": quoted.quantity, "total": money(quoted.total)}

    return {
        "currency": currency,
        "totals": {name: {"was": money(was), "now": money(now)} for name, (was, now) in differences.totals.items()},
        "lines": [{"sku": each.sku, "was": line(each.was), "now": line(each.now)} for each in differences.lines],
        "methods_changed": differences.methods_changed,
        "gifts_changed": differences.gifts_changed,
    }
