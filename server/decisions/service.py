"""How is anything decided? Every cart, quote and dry run goes through `decide`; a log keeps what was promised."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Final
from uuid import UUID

from engine import Decision, digest, evaluate, explain, from_json, hints, to_json
from engine.runtime.decision import Hint
from engine.runtime.explain import Explanation, Level
from server.decisions import log_repo, repo
from server.decisions.books import LiveBook
from server.decisions.errors import DECISION_UNKNOWN, EXPLANATION_NOT_ALLOWED, PINNED_MISSING
from server.decisions.facts import Basket, to_cart
from server.decisions.given import basket_of
from server.decisions.log_repo import Wanted
from server.decisions.pinned import PinnedBooks
from server.decisions.repo import Entry, Logged, LoggedLine, Purpose
from server.decisions.schemas import DryRunBody
from server.decisions.texts import to_keep
from server.errors import AppError
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
    """A logged decision, decided again by a book: `reproduced` when nothing at all is different.

    `rules_changed` names the kinds of ruleset that are others today. `again` is None when the book is in another
    currency.
    """

    logged: Logged
    book: LiveBook
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


def explain_at(
    live: LiveBook, basket: Basket, level: Level, locale: str, money: Callable[[int], str] | None = None
) -> Explanation:
    """Why it costs what it costs: for a `shopper` in their language, for an `admin` every rule, `full` all data.

    Amounts are decimal strings, unless `money` writes minor units in another way, with the currency in it.
    Whether the caller may see that is asked with `check_level`.
    """
    return explain(live.book, to_cart(basket), level, locale=locale, vocabulary=live.vocabulary, money=money)


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
    """Write the decision to the log with all a replay needs, for good; the id of the entry. One statement."""
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
    await repo.add(tx, entry, to_keep(tx, live))
    return entry.id


async def log_of(tx: Transaction, decision_id: UUID) -> Logged | None:
    """An entry of the log, with the decision as `to_json` wrote it; None when it was not logged."""
    return await repo.find(tx, decision_id)


def is_sampled(quote_id: UUID, share: float) -> bool:
    """Whether a quote belongs to the share (0 to 1) that is logged; the same quote always gets the same answer."""
    number = int.from_bytes(hashlib.sha256(quote_id.bytes).digest()[:4])
    return number < share * _SHARES


async def logged_decisions(database: Database, store_id: UUID, wanted: Wanted) -> list[LoggedLine]:
    """Lines of the log in the order that is wanted."""

    async def work(tx: Transaction) -> list[LoggedLine]:
        return await log_repo.lines(tx, wanted)

    return await database.transaction(store_id, work)


async def review(
    database: Database,
    store_id: UUID,
    live: LiveBook,
    decision_id: UUID,
    actor: Actor,
    level: Level | None,
    locale: str,
    pinned: PinnedBooks | None = None,
) -> Reviewed:
    """A logged decision, and the same facts decided by the rules of now, explained as far as the actor may see.

    With `pinned` by the rules of then, as far as their texts were kept. Raises EXPLANATION_NOT_ALLOWED and
    DECISION_UNKNOWN.
    """
    shown: Level = level or ("admin" if actor.may(EXPLAIN_FULL) else "shopper")
    check_level(actor, shown)

    async def work(tx: Transaction) -> Logged | None:
        return await repo.find(tx, decision_id)

    logged = await database.transaction(store_id, work)
    if logged is None:
        raise DECISION_UNKNOWN(f"no decision {decision_id} is in the log; GET /decisions lists those that are")
    book = live if pinned is None else await _book_of_then(database, store_id, pinned, logged) or live
    again = None
    if logged.currency == book.currency:
        again = _decided(book, decide(book, logged.basket), logged.basket, shown, locale)
    reproduced = again is not None and _is_same(again.decision, logged)
    return Reviewed(logged, book, again, reproduced, _changed(live, logged))


async def _book_of_then(database: Database, store_id: UUID, pinned: PinnedBooks, logged: Logged) -> LiveBook | None:
    """None for decisions from before texts were kept."""
    try:
        return await pinned.book_of(database, store_id, logged.rulesets, logged.currency)
    except AppError as missing:
        if missing.error is not PINNED_MISSING:
            raise
        return None


def _changed(live: LiveBook, logged: Logged) -> tuple[str, ...]:
    """The kinds of ruleset that mean something else today, or are not there."""
    now, then = (
        {(each.kind, each.hash) for each in rulesets} for rulesets in (live.checkout_rulesets, logged.rulesets)
    )
    return tuple(sorted({kind for kind, _ in now ^ then}))


async def _now(tx: Transaction) -> datetime:
    return await tx.now()


def _decided(live: LiveBook, decision: Decision, basket: Basket, level: Level | None, locale: str) -> Decided:
    explanation = None if level is None else explain_at(live, basket, level, locale)
    return Decided(basket, decision, hints_for(live, basket, decision), explanation)


def _is_same(decision: Decision, logged: Logged) -> bool:
    """Byte for byte by its digest; and the log still says what the digest was made of."""
    return digest(decision) == logged.digest and from_json(to_json(decision)) == from_json(logged.result)
