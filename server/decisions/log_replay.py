"""What did a logged decision come to, to the last byte; and what would it be under other rulesets?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from engine import Decision, to_json
from server.decisions.books import BOOKS, LiveBook
from server.decisions.choosing import Mix, read_chosen
from server.decisions.dry_runs import READ_RULES
from server.decisions.errors import DECISION_UNKNOWN, MIX_FAULTY
from server.decisions.mixing import MIXES, mixed
from server.decisions.pinned import PINNED
from server.decisions.repo import Logged, find
from server.decisions.service import decide
from server.web.call import Call
from server.web.problems import NOT_ALLOWED
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Replayed:
    """A basket decided by a book; `content` is the decision as `to_json` writes it, `digest` its sha256."""

    book: LiveBook
    decision: Decision
    content: bytes
    digest: str


async def logged_decision(call: Call, decision_id: UUID) -> Logged:
    """The entry of the log. Raises DECISION_UNKNOWN."""

    async def work(tx: Transaction) -> Logged | None:
        return await find(tx, decision_id)

    logged = await call.database.transaction(call.store.id, work)
    if logged is None:
        raise DECISION_UNKNOWN(f"no decision {decision_id} is in the log; GET /decisions lists those that are")
    return logged


async def replayed(call: Call, logged: Logged) -> Replayed:
    """The stored facts, decided by the rulesets that decided then. Raises PINNED_MISSING."""
    book = await call.use(PINNED).book_of(call.database, call.store.id, logged.rulesets, logged.currency)
    return _decided(book, logged)


async def replayed_under(call: Call, logged: Logged, rulesets: str) -> Replayed:
    """The stored facts, decided by other rulesets: `live`, `shipped`, or some in place of those that are live now.

    Others than those that are live are for people who may see them. Raises NOT_ALLOWED, MIX_INVALID, MIX_UNKNOWN,
    MIX_FAULTY and RULES_MISSING.
    """
    mix = mix_of(rulesets)
    if not mix.is_live and not call.actor.may(READ_RULES):
        raise NOT_ALLOWED(
            f"other rulesets than those that are live need the permission {READ_RULES}", permission=READ_RULES
        )
    book = await mixed(call.database, call.use(BOOKS), call.use(MIXES), call.store, mix)
    if book.currency != logged.currency:
        raise MIX_FAULTY(f"the decision was made in {logged.currency}, these rulesets decide in {book.currency}")
    return _decided(book, logged)


def mix_of(rulesets: str) -> Mix:
    """`live`, `shipped`, or versions and drafts with commas between: `promotions/default@4,draft:<id>`.

    Raises MIX_INVALID.
    """
    if rulesets == "live":
        return Mix()
    if rulesets == "shipped":
        return Mix(base="shipped")
    return Mix(chosen=read_chosen(rulesets.split(","), "query/rulesets"))


def _decided(book: LiveBook, logged: Logged) -> Replayed:
    decision = decide(book, logged.basket)
    content = to_json(decision)
    return Replayed(book, decision, content, hashlib.sha256(content).hexdigest())
