"""How is anything decided? Every cart, quote and dry run goes through `decide`; a log keeps what was promised."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Final
from uuid import UUID

from engine import Decision, digest, evaluate, explain, from_json, hints, to_json
from engine.runtime.decision import Hint
from engine.runtime.explain import Explanation, Level
from server.decisions import repo
from server.decisions.books import LiveBook
from server.decisions.errors import DECISION_UNKNOWN, EXPLANATION_NOT_ALLOWED
from server.decisions.facts import Basket, to_cart
from server.decisions.given import basket_of
from server.decisions.repo import Entry, Logged, LoggedLine, Purpose, Wanted
from server.decisions.schemas import DryRunBody
from server.web.actor import Actor
from server.web.metrics import Metrics
from storage.database import Database
from storage.ids import new_id
from storage.transaction import Transaction

__all__ = [
    "EXPLAIN_FULL",
    "Decided",
    "Logged",
    "LoggedLine",
    "Purpose",
    "Reviewed",
    "Wanted",
    "check_level",
    "decide",
    "dry_run",
    "explain_at",
    "hints_for",
    "is_sampled",
    "log_of",
    "logged_decisions",
    "record",
    "review",
]

EXPLAIN_FULL: Final = "decisions.explain_full"
"""Who may see rules, conditions and the values they read."""

_SHARES: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Decided:
    """A basket with its decision and hints, and why; no explanation when none was asked for."""

    basket: Basket
    decision: Decision
    hints: tuple[Hint, ...]
    explanation: Explanation | None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A logged decision, decided again by the rules of now: `reproduced` when nothing at all is different.

    `rules_changed` names the kinds of ruleset that are others today. `again` is None when the store has another
    currency now.
    """

    logged: Logged
    again: Decided | None
    reproduced: bool
    rules_changed: tuple[str, ...]


def decide(live: LiveBook, basket: Basket) -> Decision:
    """The decision of this basket: the one function everything that has a price goes through. Pure.

    The basket is in the currency of the book, else CurrencyMismatch.
    """
    return evaluate(live.book, to_cart(basket))


def decide_counted(metrics: Metrics, purpose: str, live: LiveBook, basket: Basket) -> Decision:
    """`decide`, and a note of how long it took and whether it refused, for /metrics."""
    started = perf_counter()
    decision = decide(live, basket)
    metrics.decided(purpose, perf_counter() - started, refused=bool(decision.refusals))
    return decision


def hints_for(live: LiveBook, basket: Basket, decision: Decision) -> tuple[Hint, ...]:
    """What the customer could add and what that would be worth, each decided like any basket; at most eight."""
    return hints(live.book, to_cart(basket), decision)


def explain_at(live: LiveBook, basket: Basket, level: Level, locale: str) -> Explanation:
    """Why it costs what it costs: for a `shopper` in their language, for an `admin` every rule, `full` all data.

    Whether the caller may see that is asked with `check_level`.
    """
    return explain(live.book, to_cart(basket), level, locale=locale, vocabulary=live.vocabulary)


def check_level(actor: Actor, level: Level) -> None:
    """Raise EXPLANATION_NOT_ALLOWED unless the actor may see an explanation of this level; `shopper` is for all."""
    if level != "shopper" and not actor.may(EXPLAIN_FULL):
        raise EXPLANATION_NOT_ALLOWED(
            f"the level {level} needs the permission {EXPLAIN_FULL}; ask for the level shopper", permission=EXPLAIN_FULL
        )


async def dry_run(
    database: Database,
    metrics: Metrics,
    store_id: UUID,
    live: LiveBook,
    asked: DryRunBody,
    actor: Actor,
    locale: str,
) -> Decided:
    """Decide a basket that nobody has filled, as of the instant it names or now. Nothing is written.

    Raises EXPLANATION_NOT_ALLOWED, AMOUNT_INVALID and BASKET_INVALID.
    """
    if asked.explain is not None:
        check_level(actor, asked.explain)
    now = await database.transaction(store_id, _now) if asked.at is None else asked.at
    basket = basket_of(asked, live.currency, now)
    return _decided(live, decide_counted(metrics, "dry-run", live, basket), basket, asked.explain, locale)


async def record(
    tx: Transaction,
    *,
    purpose: Purpose,
    cart_id: UUID | None,
    actor: Actor,
    live: LiveBook,
    basket: Basket,
    decision: Decision,
) -> UUID:
    """Write the decision to the log with all a replay needs; the id of the entry. One statement."""
    entry = Entry(
        id=new_id(),
        purpose=purpose,
        cart_id=cart_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        digest=digest(decision),
        total=decision.totals.total,
        currency=decision.currency,
        rulesets=live.checkout_rulesets,
        basket=basket,
        result=to_json(decision),
    )
    await repo.add(tx, entry)
    return entry.id


async def log_of(tx: Transaction, decision_id: UUID) -> bytes | None:
    """The decision of an entry of the log as `to_json` wrote it; None when it was not logged."""
    found = await repo.find(tx, decision_id)
    return None if found is None else found.result


def is_sampled(quote_id: UUID, share: float) -> bool:
    """Whether a quote belongs to the share (0 to 1) that is logged; the same quote always gets the same answer."""
    number = int.from_bytes(hashlib.sha256(quote_id.bytes).digest()[:4])
    return number < share * _SHARES


async def logged_decisions(database: Database, store_id: UUID, wanted: Wanted) -> list[LoggedLine]:
    """Lines of the log in the order that is wanted."""

    async def work(tx: Transaction) -> list[LoggedLine]:
        return await repo.lines(tx, wanted)

    return await database.transaction(store_id, work)


async def review(
    database: Database,
    store_id: UUID,
    live: LiveBook,
    decision_id: UUID,
    actor: Actor,
    level: Level | None,
    locale: str,
) -> Reviewed:
    """A logged decision, and the same facts decided by the rules of now, explained as far as the actor may see.

    Raises EXPLANATION_NOT_ALLOWED and DECISION_UNKNOWN.
    """
    shown: Level = level or ("admin" if actor.may(EXPLAIN_FULL) else "shopper")
    check_level(actor, shown)

    async def work(tx: Transaction) -> Logged | None:
        return await repo.find(tx, decision_id)

    logged = await database.transaction(store_id, work)
    if logged is None:
        raise DECISION_UNKNOWN(f"no decision {decision_id} is in the log; GET /decisions lists those that are")
    again = None
    if logged.currency == live.currency:
        again = _decided(live, decide(live, logged.basket), logged.basket, shown, locale)
    changed = {ruleset.kind for ruleset in {*live.checkout_rulesets} ^ {*logged.rulesets}}
    reproduced = again is not None and _is_same(again.decision, logged)
    return Reviewed(logged, again, reproduced, tuple(sorted(changed)))


async def _now(tx: Transaction) -> datetime:
    return await tx.now()


def _decided(live: LiveBook, decision: Decision, basket: Basket, level: Level | None, locale: str) -> Decided:
    explanation = None if level is None else explain_at(live, basket, level, locale)
    return Decided(basket, decision, hints_for(live, basket, decision), explanation)


def _is_same(decision: Decision, logged: Logged) -> bool:
    """Byte for byte by its digest; and the log still says what the digest was made of."""
    return digest(decision) == logged.digest and from_json(to_json(decision)) == from_json(logged.result)
