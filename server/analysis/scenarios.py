"""What can be done with saved scenarios? Write one down, change it over what was read, throw it away."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import asyncpg

from server.analysis import scenario_repo as repo
from server.analysis.scenario_errors import (
    EXPECTATION_INVALID,
    SCENARIO_NAME_TAKEN,
    SCENARIO_UNKNOWN,
    SCENARIOS_TOO_MANY,
)
from server.analysis.scenario_repo import Content, Saved
from server.analysis.scenario_runs import decided, faults_of
from server.decisions.books import BOOKS
from server.decisions.dry_runs import instant
from server.errors import AppError, Fault
from server.rule_admin.errors import CONTENT_CHANGED
from server.web.call import Call
from server.web.noting import note
from server.web.pages import Position
from storage.transaction import Transaction


async def create(call: Call, content: Content) -> Saved:
    """Keep a scenario.

    Raises AMOUNT_INVALID and BASKET_INVALID, EXPECTATION_INVALID, SCENARIO_NAME_TAKEN, SCENARIOS_TOO_MANY, and
    RULES_MISSING.
    """
    await _refuse_senseless(call, content)

    async def work(tx: Transaction) -> Saved:
        try:
            scenario_id = await repo.add(tx, content, call.actor.id)
        except asyncpg.UniqueViolationError as taken:
            raise _taken(content.name) from taken
        if scenario_id is None:
            raise SCENARIOS_TOO_MANY(f"{repo.MOST} scenarios are kept; delete some that nobody needs")
        made = await _one(tx, scenario_id)
        await _note(tx, call, "scenarios.create", scenario_id, None, made)
        return made

    return await call.database.transaction(call.store.id, work)


async def change(call: Call, scenario_id: UUID, content: Content, was: str | None) -> Saved:
    """Write a scenario over the one with the hash `was` (None: whichever there is).

    Raises as `create`, SCENARIO_UNKNOWN and CONTENT_CHANGED.
    """
    await find(call, scenario_id)
    await _refuse_senseless(call, content)

    async def work(tx: Transaction) -> Saved:
        before = await _one(tx, scenario_id, lock=True)
        if was is not None and was != before.content_hash:
            raise _changed(before)
        try:
            done = await repo.change(tx, scenario_id, content, before.content_hash, call.actor.id)
        except asyncpg.UniqueViolationError as taken:
            raise _taken(content.name) from taken
        if not done:
            raise _changed(before)
        after = await _one(tx, scenario_id)
        await _note(tx, call, "scenarios.change", scenario_id, before, after)
        return after

    return await call.database.transaction(call.store.id, work)


async def delete(call: Call, scenario_id: UUID) -> None:
    """Throw a scenario away. Raises SCENARIO_UNKNOWN."""

    async def work(tx: Transaction) -> None:
        before = await _one(tx, scenario_id, lock=True)
        if not await repo.delete(tx, scenario_id):
            raise unknown(scenario_id)
        await _note(tx, call, "scenarios.delete", scenario_id, before, None)

    await call.database.transaction(call.store.id, work)


async def find(call: Call, scenario_id: UUID) -> Saved:
    """One scenario. Raises SCENARIO_UNKNOWN."""

    async def work(tx: Transaction) -> Saved:
        return await _one(tx, scenario_id)

    return await call.database.transaction(call.store.id, work)


async def page_of(call: Call, at: Position) -> list[Saved]:
    """Scenarios from a position on, in order of name; one more than are shown."""
    beyond = None if at.keys is None else str(at.keys[0])

    async def work(tx: Transaction) -> list[Saved]:
        return await repo.page(tx, beyond, at.backwards, at.limit + 1)

    return await call.database.transaction(call.store.id, work)


def unknown(scenario_id: UUID) -> AppError:
    """No scenario has this id."""
    return SCENARIO_UNKNOWN(f"there is no scenario {scenario_id}; GET /analysis/scenarios lists those there are")


async def _refuse_senseless(call: Call, content: Content) -> None:
    """Raise unless the basket can be decided, and what is expected can be compared; nobody asks yet whether it holds.

    What is live decides it for that.
    """
    live = call.use(BOOKS).live(call.store)
    try:
        seen = decided(live, content.name, content.basket, await instant(call))
    except AppError as problem:
        faults = [Fault(f"/basket{fault.pointer}", fault.code, fault.message) for fault in problem.faults]
        raise problem.error(problem.detail, faults=faults, **problem.parameters) from problem
    faults = faults_of(content.expected, seen)
    if faults:
        raise EXPECTATION_INVALID(f"{faults[0].pointer}: {faults[0].message}", faults=faults)


async def _one(tx: Transaction, scenario_id: UUID, *, lock: bool = False) -> Saved:
    found = await repo.find(tx, scenario_id, lock=lock)
    if found is None:
        raise unknown(scenario_id)
    return found


async def _note(
    tx: Transaction, call: Call, action: str, scenario_id: UUID, before: Saved | None, after: Saved | None
) -> None:
    await note(tx, call, action, "scenario", scenario_id, _noted(before), _noted(after))


def _noted(state: Saved | None) -> Mapping[str, object] | None:
    if state is None:
        return None
    return {"name": state.name, "expected": state.expected, "content_hash": state.content_hash}


def _taken(name: str) -> AppError:
    return SCENARIO_NAME_TAKEN(
        f"there is a scenario {name!r} already; name this one otherwise, or change that one",
        faults=[Fault("/name", SCENARIO_NAME_TAKEN.code, "is the name of another scenario")],
    )


def _changed(found: Saved) -> AppError:
    return CONTENT_CHANGED(
        f"the scenario is another one by now ({found.content_hash}); read it again, and change that",
        current=found.content_hash,
    )
