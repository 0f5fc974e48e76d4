"""How is a version tried on customers? Beside what is live, for more and more of them, then made live or taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from fractions import Fraction
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from engine.documents.kinds import APART
from server.decisions import own_repo, switching
from server.decisions import trials_repo as running_repo
from server.decisions.books import BOOKS
from server.decisions.library import RulesetsFaulty
from server.decisions.own_repo import OwnRuleset
from server.decisions.trials import WHOLE, Guards, Mode
from server.decisions.trials_arms import book_with
from server.decisions.trials_guard import ArmName, Tally
from server.decisions.trials_repo import End
from server.errors import AppError, Fault
from server.rule_admin import publishing, service
from server.rule_admin import trials_repo as repo
from server.rule_admin.errors import (
    RULESET_FAULTY,
    TRIAL_INVALID,
    TRIAL_OVER,
    TRIAL_RUNNING,
    TRIAL_UNKNOWN,
    VERSION_LIVE,
)
from server.rule_admin.snapshot import Content, Version
from server.rule_admin.trials_repo import KnownTrial
from server.web.call import Call
from server.web.noting import note
from storage.transaction import Transaction

FIRST_SHARE: Final = 100
"""Of 10,000 customers: a canary begins with one in a hundred unless it says otherwise."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The trial somebody asks for. `share` None: everybody for a shadow, FIRST_SHARE for a canary."""

    kind: str
    name: str
    number: int
    mode: Mode
    share: int | None
    guards: Guards
    reason: str | None


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A trial, and what came of both arms since its share was set."""

    trial: KnownTrial
    tallies: Mapping[ArmName, Tally]


async def start(call: Call, wanted: Wanted) -> Watched:
    """Begin a trial of a published version, in every process within a second.

    Raises RULESET_UNKNOWN, TRIAL_INVALID, RULESET_FAULTY when the version does not work with what is live, VERSION_LIVE
    and TRIAL_RUNNING. Nothing was begun then.
    """
    version, content = await service.read_version(call, wanted.kind, wanted.name, wanted.number)
    _refuse_senseless(version, wanted.guards)
    await _refuse_misfit(call, version, wanted.number, content)
    share = wanted.share or (FIRST_SHARE if wanted.mode == "canary" else WHOLE)

    async def work(tx: Transaction) -> Watched:
        try:
            trial_id = await repo.start(
                tx, version, wanted.mode, share, wanted.guards, wanted.reason, call.actor.id
            )  # fmt: skip
        except asyncpg.UniqueViolationError as other:
            raise TRIAL_RUNNING("another trial runs in this store; end it first, GET /rulesets/trials shows it") from (
                other
            )
        after = {
            "kind": version.kind, "name": version.name, "number": version.number, "mode": wanted.mode, "share": share,
            "reason": wanted.reason,
        }  # fmt: skip
        await note(tx, call, "rulesets.trial", "ruleset_trial", trial_id, None, after)
        await switching.announce(tx, call.shop, call.store)
        return await _watched(tx, trial_id)

    return await call.database.transaction(call.store.id, work)


async def list_trials(call: Call) -> list[KnownTrial]:
    """Trials of the store, the newest first."""
    return await call.database.transaction(call.store.id, repo.trials)


async def read(call: Call, trial_id: UUID) -> Watched:
    """A trial with what came of it. Raises TRIAL_UNKNOWN."""

    async def work(tx: Transaction) -> Watched:
        return await _watched(tx, trial_id)

    return await call.database.transaction(call.store.id, work)


async def set_share(call: Call, trial_id: UUID, share: int) -> Watched:
    """Let another share of customers take part; whoever did before still does when it grows. Counting begins anew.

    Raises TRIAL_UNKNOWN and TRIAL_OVER.
    """

    async def work(tx: Transaction) -> Watched:
        before = await _still_running(tx, trial_id)
        counted = await repo.tallies(tx, trial_id)
        if not await repo.set_share(tx, trial_id, share):
            raise _over(before)
        was = {"share": before.share, "counted": {arm: msgspec.to_builtins(tally) for arm, tally in counted.items()}}
        await note(tx, call, "rulesets.trial_share", "ruleset_trial", trial_id, was, {"share": share})
        await switching.announce(tx, call.shop, call.store)
        return await _watched(tx, trial_id)

    return await call.database.transaction(call.store.id, work)


async def end(call: Call, trial_id: UUID, reason: str | None) -> Watched:
    """End a trial: everybody is served by what is live. Raises TRIAL_UNKNOWN and TRIAL_OVER."""

    async def work(tx: Transaction) -> Watched:
        await _close(tx, call, await _still_running(tx, trial_id), "ended", reason)
        await switching.announce(tx, call.shop, call.store)
        return await _watched(tx, trial_id)

    return await call.database.transaction(call.store.id, work)


async def promote(call: Call, trial_id: UUID, reason: str | None) -> Watched:
    """Make the version on trial live for everybody, as any version is, and end the trial with it.

    Raises TRIAL_UNKNOWN, TRIAL_OVER, and what `publishing.activate` raises; the trial then goes on.
    """

    async def work(tx: Transaction) -> Watched:
        trial = await _still_running(tx, trial_id)
        await publishing.activate(call, trial.kind, trial.name, trial.number, None, None, reason)
        await _close(tx, call, trial, "promoted", reason)
        return await _watched(tx, trial_id)

    return await call.database.transaction(call.store.id, work)


def _refuse_senseless(version: Version, guards: Guards) -> None:
    if version.kind in APART:
        raise _invalid("/kind", "not_tried", f"{version.kind} decides no carts, so there is nothing to compare")
    if version.status != "published":
        raise _invalid("/number", "archived", "it was put away; make a draft of it and publish that")
    if guards.average_total is not None and Fraction(guards.average_total[0]) > Fraction(guards.average_total[1]):
        raise _invalid("/guards/average_total", "reversed", "it goes from the least to the most change allowed")


async def _refuse_misfit(call: Call, version: Version, number: int, content: Content) -> None:
    async def work(tx: Transaction) -> list[OwnRuleset]:
        return await own_repo.live(tx)

    own = await call.database.transaction(call.store.id, work)
    if any(each.id == version.id for each in own):
        raise VERSION_LIVE(f"version {number} of {version.kind}/{version.name} is live already")
    tried = OwnRuleset(version.id, version.kind, version.name, number, content.source, content.attachments)
    try:
        await asyncio.to_thread(book_with, call.use(BOOKS), call.store, own, tried, version.hash or "")
    except RulesetsFaulty as faults:
        raise RULESET_FAULTY(f"it does not work with the rulesets that are live: {faults}") from faults


async def _still_running(tx: Transaction, trial_id: UUID) -> KnownTrial:
    found = await repo.find(tx, trial_id, lock=True)
    if found is None:
        raise _unknown(trial_id)
    if found.state != "running":
        raise _over(found)
    return found


async def _close(tx: Transaction, call: Call, trial: KnownTrial, state: End, reason: str | None) -> None:
    if not await running_repo.close(tx, trial.id, state, reason, call.actor.id):
        raise _over(trial)
    before = {"state": "running", "kind": trial.kind, "name": trial.name, "number": trial.number}
    await note(
        tx, call, f"rulesets.trial_{state}", "ruleset_trial", trial.id, before, {"state": state, "reason": reason}
    )


async def _watched(tx: Transaction, trial_id: UUID) -> Watched:
    found = await repo.find(tx, trial_id)
    if found is None:
        raise _unknown(trial_id)
    return Watched(trial=found, tallies=await repo.tallies(tx, trial_id))


def _invalid(pointer: str, code: str, message: str) -> AppError:
    return TRIAL_INVALID(message, faults=[Fault(pointer, code, message)])


def _unknown(trial_id: UUID) -> AppError:
    return TRIAL_UNKNOWN(f"there is no trial {trial_id}; GET /rulesets/trials lists those there were")


def _over(trial: KnownTrial) -> AppError:
    return TRIAL_OVER(f"trial {trial.id} is over ({trial.state}); begin another one")
