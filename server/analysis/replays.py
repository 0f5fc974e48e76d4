"""What can be done with replays? Ask for one, see how far it is, stop it, let it go on, read what came out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from server.analysis import carts
from server.analysis import replays_repo as repo
from server.analysis.collections import unknown as unknown_collection
from server.analysis.errors import (
    REPLAY_NOT_DONE,
    REPLAY_OVER,
    REPLAY_RUNNING,
    REPLAY_SOURCE_INVALID,
    REPLAY_UNKNOWN,
    REPLAYS_TOO_MANY,
)
from server.analysis.replays_repo import Wanted
from server.analysis.schemas import GivenSource, NewReplayBody
from server.analysis.snapshot import (
    OPEN,
    CollectionSource,
    OpenCartsSource,
    OrdersSource,
    Progress,
    Replay,
    Source,
)
from server.decisions import stored
from server.decisions.dry_run_schemas import RulesetsBody
from server.decisions.dry_runs import READ_RULES, book_of, mix_of
from server.decisions.sides import Side, side_of
from server.errors import Fault
from server.web.binding import YEARS
from server.web.call import Call
from server.web.noting import note
from server.web.problems import NOT_ALLOWED
from server.web.waking import WAKE
from storage.transaction import Transaction

MOST_OPEN: Final = 20
"""Replays of a store that have not ended: they take turns, and each keeps both its rule books."""

RESOURCE: Final = "replay"
"""As the audit log calls it."""

SEEING: Final[Mapping[type[Source], str]] = {OrdersSource: "orders.read", OpenCartsSource: "cart.read_any"}
"""What somebody must be allowed besides to see carts of customers. Those of collections somebody has uploaded."""

_Change = Callable[[Transaction, UUID], Awaitable[bool]]


def require_rules(call: Call) -> None:
    """Raise NOT_ALLOWED for those who may not see rulesets: a replay says what every rule does."""
    if not call.actor.may(READ_RULES):
        raise NOT_ALLOWED(f"replays tell of rulesets: this needs the permission {READ_RULES}", permission=READ_RULES)


def _require_customers(call: Call, sources: Sequence[Source]) -> None:
    """Raise NOT_ALLOWED for those who may not see the carts themselves: a report shows some of them whole."""
    for source in sources:
        needed = SEEING.get(type(source))
        if needed is not None and not call.actor.may(needed):
            raise NOT_ALLOWED(
                f"the report shows carts of customers: this needs the permission {needed}", permission=needed
            )


async def create(call: Call, asked: NewReplayBody) -> Replay:
    """A replay that a worker takes up at once. It means for ever what it means now: the texts of all rulesets are kept.

    Orders placed later and collections replaced later do not count. Raises NOT_ALLOWED, RULES_MISSING, MIX_INVALID,
    MIX_UNKNOWN, MIX_FAULTY, REPLAY_SOURCE_INVALID, COLLECTION_UNKNOWN and REPLAYS_TOO_MANY.
    """
    require_rules(call)
    _refuse_sources(asked.sources)
    before, after = await _side(call, asked.before, "/before"), await _side(call, asked.after, "/after")
    title = asked.title or f"{_named(before)} → {_named(after)}"

    async def work(tx: Transaction) -> Replay:
        if await repo.count_open(tx) >= MOST_OPEN:
            raise REPLAYS_TOO_MANY(f"{MOST_OPEN} replays have not ended; wait for one, or cancel one")
        sources = [await _source(tx, source) for source in asked.sources]
        _require_customers(call, sources)
        number = await carts.count(tx, sources)
        made = await repo.add(tx, title[:200], before, after, sources, number, call.actor.id)
        await note(tx, call, "replays.start", RESOURCE, made.id, None, {"title": made.title, "carts": number})
        call.use(WAKE).after(tx)
        return made

    return await call.database.transaction(call.store.id, work)


async def find(call: Call, replay_id: UUID) -> Replay:
    """One replay. Raises NOT_ALLOWED and REPLAY_UNKNOWN."""
    require_rules(call)

    async def work(tx: Transaction) -> Replay:
        return await _found(tx, replay_id)

    return await call.database.transaction(call.store.id, work)


async def find_with_report(call: Call, replay_id: UUID) -> tuple[Replay, bytes | None]:
    """One replay, and what came out as JSON once it is done. Raises NOT_ALLOWED and REPLAY_UNKNOWN."""
    require_rules(call)

    async def work(tx: Transaction) -> tuple[Replay, bytes | None]:
        found = await _found(tx, replay_id)
        _require_customers(call, found.sources)
        return found, await repo.report(tx, replay_id)

    return await call.database.transaction(call.store.id, work)


async def find_page(call: Call, wanted: Wanted) -> list[Replay]:
    """Replays of the store in the order that is wanted. Raises NOT_ALLOWED."""
    require_rules(call)

    async def work(tx: Transaction) -> list[Replay]:
        return await repo.find_page(tx, wanted)

    return await call.database.transaction(call.store.id, work)


async def progress(call: Call, replay_id: UUID) -> Progress | None:
    """How far it is; None when there is no such replay (any more)."""

    async def work(tx: Transaction) -> Progress | None:
        return await repo.progress(tx, replay_id)

    return await call.database.transaction(call.store.id, work)


async def titled_report(call: Call, replay_id: UUID) -> tuple[str, bytes]:
    """The title, and what came out as JSON. Raises NOT_ALLOWED, REPLAY_UNKNOWN and REPLAY_NOT_DONE."""
    replay, found = await find_with_report(call, replay_id)
    if found is None:
        raise REPLAY_NOT_DONE(f"the replay is {replay.state}; its report is there when it is done")
    return replay.title, found


async def cancel(call: Call, replay_id: UUID) -> Replay:
    """End it for good; what it found is forgotten. Raises NOT_ALLOWED, REPLAY_UNKNOWN, and REPLAY_OVER."""
    return await _change(call, replay_id, repo.cancel, "replays.cancel", ("cancelled",))


async def pause(call: Call, replay_id: UUID) -> Replay:
    """Let it rest until it is resumed. Raises NOT_ALLOWED, REPLAY_UNKNOWN, and REPLAY_OVER."""
    return await _change(call, replay_id, repo.pause, "replays.pause", ("paused",))


async def resume(call: Call, replay_id: UUID) -> Replay:
    """Go on where it was paused, or failed. Raises NOT_ALLOWED, REPLAY_UNKNOWN, and REPLAY_OVER."""
    return await _change(call, replay_id, repo.resume, "replays.resume", OPEN)


async def delete(call: Call, replay_id: UUID) -> None:
    """Throw it away with its report. Raises NOT_ALLOWED, REPLAY_UNKNOWN, and REPLAY_RUNNING."""
    require_rules(call)

    async def work(tx: Transaction) -> None:
        before = await _found(tx, replay_id)
        if not await repo.delete(tx, replay_id):
            raise REPLAY_RUNNING(f"the replay is {before.state}; cancel it first")
        await note(tx, call, "replays.delete", RESOURCE, replay_id, _noted(before), None)

    await call.database.transaction(call.store.id, work)


async def _change(call: Call, replay_id: UUID, change: _Change, action: str, already: Sequence[str]) -> Replay:
    """Change it, unless it is as wanted `already`. Raises REPLAY_UNKNOWN, and REPLAY_OVER where that cannot be."""
    require_rules(call)

    async def work(tx: Transaction) -> Replay:
        before = await _found(tx, replay_id)
        if before.state in already:
            return before
        if not await change(tx, replay_id):
            raise REPLAY_OVER(f"the replay is {before.state}; start another one", state=before.state)
        after = await _found(tx, replay_id)
        await note(tx, call, action, RESOURCE, replay_id, _noted(before), _noted(after))
        call.use(WAKE).after(tx)
        return after

    return await call.database.transaction(call.store.id, work)


async def _found(tx: Transaction, replay_id: UUID) -> Replay:
    found = await repo.find(tx, replay_id)
    if found is None:
        raise REPLAY_UNKNOWN(f"there is no replay {replay_id}; GET /analysis/replays lists those there are")
    return found


async def _side(call: Call, asked: RulesetsBody, pointer: str) -> Side:
    return side_of(mix_of(asked, pointer), await book_of(call, asked, pointer))


def _named(side: Side) -> str:
    return ", ".join(side.chosen) or (side.base if side.at is None else f"{side.base} at {side.at.isoformat()}")


def _refuse_sources(asked: Sequence[GivenSource]) -> None:
    faults = [
        Fault(f"/sources/{number}", REPLAY_SOURCE_INVALID.code, "name exactly one of orders, carts and collection")
        for number, source in enumerate(asked)
        if [source.orders, source.carts, source.collection].count(None) != 2
    ]
    faults += [
        Fault(f"/sources/{number}/orders/since", REPLAY_SOURCE_INVALID.code, f"the year {since.year} is out of range")
        for number, source in enumerate(asked)
        if source.orders is not None and (since := source.orders.since) is not None and since.year not in YEARS
    ]
    if faults:
        raise REPLAY_SOURCE_INVALID(f"{faults[0].pointer}: {faults[0].message}", faults=faults)


async def _source(tx: Transaction, asked: GivenSource) -> Source:
    """The source as it is now. Raises COLLECTION_UNKNOWN."""
    if asked.orders is not None:
        return OrdersSource(until=await tx.now(), since=asked.orders.since, most=asked.orders.most)
    if asked.carts is not None:
        return OpenCartsSource(most=asked.carts.most)
    assert asked.collection is not None
    found = await stored.find_collection(tx, asked.collection)
    if found is None:
        raise unknown_collection(asked.collection)
    return CollectionSource(id=found[0], name=asked.collection)


def _noted(state: Replay) -> Mapping[str, object]:
    return {"title": state.title, "state": state.state, "done": state.done}
