"""What would these baskets cost by those rulesets? One or many, by any mix of what is live, shipped, past and drafted.

Nothing is written. A dry run by what is live is the very decision a cart gets, and does nothing besides.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from server.decisions import service
from server.decisions.books import BOOKS, LiveBook
from server.decisions.choosing import Mix, read_chosen
from server.decisions.differences import Side
from server.decisions.dry_run_schemas import AskedBody, DryRunsBody, RulesetsBody
from server.decisions.errors import MIX_INVALID
from server.decisions.mixing import MIXES, mixed
from server.decisions.schemas import DryRunBody
from server.decisions.service import Decided
from server.errors import AppError, Fault
from server.web.binding import YEARS
from server.web.call import Call
from server.web.metrics import METRICS
from server.web.problems import NOT_ALLOWED
from storage.transaction import Transaction

READ_RULES: Final = "rules.read"
"""Who may see versions and drafts, and so what they would decide."""

MOST_BOOKS: Final = 10
"""Different choices of rulesets in one request: each has to be compiled, which takes longer than many decisions."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A basket decided by a rule book, and by what is live where that was asked for."""

    live: LiveBook
    locale: str
    decided: Decided
    by_live: Side | None = None


async def dry_run(call: Call, asked: AskedBody) -> Tried:
    """Decide one basket, as of the instant it names or now.

    Raises RULES_MISSING, EXPLANATION_NOT_ALLOWED, AMOUNT_INVALID, BASKET_INVALID, and MIX_INVALID, MIX_UNKNOWN or
    MIX_FAULTY for the rulesets.
    """
    book = await book_of(call, asked.rulesets, "/rulesets")
    return await _tried(call, book, asked, None)


async def dry_runs(call: Call, asked: DryRunsBody) -> list[Tried | AppError]:
    """Decide every scenario, or say what is wrong with it; all those without an instant for the same one.

    A fault of a scenario is its own, and located in the whole body. Raises RULES_MISSING when it has to compare and
    cannot, and MIX_INVALID for more than MOST_BOOKS choices of rulesets.
    """
    books = await _books(call, asked)
    live = call.use(BOOKS).live(call.store) if asked.compare else None
    now = await instant(call)
    found: list[Tried | AppError] = []
    for number, scenario in enumerate(asked.scenarios):
        book = books[scenario.rulesets or asked.rulesets]
        found.append(await _tried_apart(call, book, _dated(scenario.basket, now), live, f"/scenarios/{number}/basket"))
        await asyncio.sleep(0)  # other requests get their turn between two scenarios
    return found


async def book_of(call: Call, asked: RulesetsBody, pointer: str) -> LiveBook:
    """The rule book of a choice of rulesets; other ones than those that are live are for people who may see them.

    Raises NOT_ALLOWED, RULES_MISSING, MIX_INVALID, MIX_UNKNOWN and MIX_FAULTY.
    """
    mix = mix_of(asked, pointer)
    if not mix.is_live and not call.actor.may(READ_RULES):
        raise NOT_ALLOWED(
            f"other rulesets than those that are live need the permission {READ_RULES}", permission=READ_RULES
        )
    return await mixed(call.database, call.use(BOOKS), call.use(MIXES), call.store, mix)


def mix_of(asked: RulesetsBody, pointer: str) -> Mix:
    """The choice as it was written. Raises MIX_INVALID."""
    if asked.at is not None and asked.at.year not in YEARS:
        message = f"the year has to lie between {YEARS.start} and {YEARS.stop - 1}"
        raise MIX_INVALID(f"{pointer}/at: {message}", faults=[Fault(f"{pointer}/at", MIX_INVALID.code, message)])
    return Mix(base=asked.base, at=asked.at, chosen=read_chosen(asked.chosen, f"{pointer}/with"))


async def instant(call: Call) -> datetime:
    """Now, by the clock of the database."""

    async def work(tx: Transaction) -> datetime:
        return await tx.now()

    return await call.database.transaction(call.store.id, work)


async def _books(call: Call, asked: DryRunsBody) -> dict[RulesetsBody, LiveBook | AppError]:
    """The book of every choice of rulesets, or what is wrong with it: read and compiled once."""
    places: dict[RulesetsBody, str] = {}
    for number, scenario in enumerate(asked.scenarios):
        own = f"/scenarios/{number}/rulesets"
        places.setdefault(scenario.rulesets or asked.rulesets, own if scenario.rulesets else "/rulesets")
    if len(places) > MOST_BOOKS:
        raise MIX_INVALID(f"{len(places)} choices of rulesets are too many; ask for {MOST_BOOKS} at a time")
    books: dict[RulesetsBody, LiveBook | AppError] = {}
    for chosen, pointer in places.items():
        try:
            books[chosen] = await book_of(call, chosen, pointer)
        except AppError as problem:
            books[chosen] = problem
    return books


async def _tried_apart(
    call: Call, book: LiveBook | AppError, asked: DryRunBody, live: LiveBook | None, pointer: str
) -> Tried | AppError:
    """What came of a scenario; its faults are moved to where it stands in the body."""
    if isinstance(book, AppError):
        return book
    try:
        return await _tried(call, book, asked, live)
    except AppError as problem:
        faults = [Fault(pointer + fault.pointer, fault.code, fault.message) for fault in problem.faults]
        return problem.error(problem.detail, faults=faults, **problem.parameters)


async def _tried(call: Call, book: LiveBook, asked: DryRunBody, live: LiveBook | None) -> Tried:
    locale = asked.locale or call.store.locale
    metrics, store_id = call.use(METRICS), call.store.id
    decided = await service.dry_run(call.database, metrics, store_id, book, asked, call.actor, locale)
    by_live = None if live is None else Side(live, service.decide(live, decided.basket))
    return Tried(book, locale, decided, by_live)


def _dated(asked: DryRunBody, now: datetime) -> DryRunBody:
    return asked if asked.at is not None else msgspec.structs.replace(asked, at=now)
