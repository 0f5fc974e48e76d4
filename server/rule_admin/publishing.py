"""How does a draft become a version, and a version live? Only without faults, once, and for every process at once.

What one person may not publish alone waits for somebody else (approvals). That is asked when a version is published,
not when it goes live or back: what was published has been looked at, and going back must never wait for anybody.

What is live is a matter of plans: of those that are on, the one that began last counts. Going back is a plan as well,
so the history says at any time what decided when, and why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from engine.text.diagnostics import Diagnostic
from server.decisions import own_repo
from server.decisions.books import BOOKS, LiveBook
from server.decisions.library import RulesetsFaulty
from server.decisions.own_repo import OwnRuleset
from server.decisions.switching import announce
from server.errors import AppError, Fault
from server.rule_admin import approvals, repo, service
from server.rule_admin.approvals_repo import Approval
from server.rule_admin.checking import open_warnings
from server.rule_admin.errors import (
    CONTENT_CHANGED,
    NOTHING_BEFORE,
    PLAN_INVALID,
    PLAN_UNKNOWN,
    RULESET_FAULTY,
    RULESET_UNKNOWN,
    VERSION_LIVE,
    VERSION_TAKEN,
    WARNINGS_OPEN,
)
from server.rule_admin.gates import Candidate, found_at_gates, has_until
from server.rule_admin.guarding import guarded
from server.rule_admin.orders_left import orders_left
from server.rule_admin.policy import Findings, findings
from server.rule_admin.snapshot import Allowed, Content, Plan, Version
from server.web.call import Call
from storage.transaction import Transaction

_MOST_FAULTS: Final = 50


async def publish(
    call: Call, draft_id: UUID, was: str | None, allowed: Sequence[Allowed], *, activate: bool, reason: str | None
) -> Version:
    """Make a draft a version that never changes again, and live when that is asked for.

    Its number is the one its head names. Raises DRAFT_UNKNOWN, CONTENT_CHANGED, RULESET_FAULTY with every error and
    every case that fails, WARNINGS_OPEN with the warnings nobody allowed, VERSION_TAKEN, what the guard over past carts
    raises, and APPROVAL_NEEDED or APPROVAL_REFUSED: whoever is to agree has been asked then.
    """
    until = has_until(call)
    found, content = await service.read_draft(call, draft_id)
    if was is not None and was != found.content_hash:
        raise CONTENT_CHANGED(f"the draft is another one by now ({found.content_hash}); read it again")
    checked = await service.checked(call, found, content)
    _refuse_faulty(checked.errors)
    _refuse_warnings(checked.warnings, allowed)
    document = checked.reading.document
    assert document is not None
    number, hash = document.head.version, document.head.hash
    candidate = Candidate(found, await _with(call, found, number, content), until)
    at_gates = await found_at_gates(call, candidate)
    _refuse_faulty(_errors(at_gates))
    _refuse_warnings(_warnings(at_gates), allowed)
    asked = await _asked(call, [*checked.warnings, *_warnings(at_gates)], candidate)
    approval = await approvals.require(call, found, asked) if asked.reasons else None

    async def work(tx: Transaction) -> Version:
        highest = await repo.highest_number(tx, found.kind, found.name)
        try:
            done = await repo.publish(tx, found, number, hash, allowed, call.actor.id)
        except asyncpg.UniqueViolationError as taken:
            raise VERSION_TAKEN(
                f"version {number} of {found.kind}/{found.name} was published before; write `version: {highest + 1}`",
                next_version=highest + 1,
            ) from taken
        if not done:
            raise CONTENT_CHANGED("the draft was changed or published while it was checked; read it again")
        version, _ = await service.published(tx, found.kind, found.name, number)
        after = {"kind": version.kind, "name": version.name, "number": number, "hash": hash}
        after |= {"allowed": [each.code for each in allowed], **_agreed(asked, approval)}
        await service.note(tx, call, "rulesets.publish", version.id, None, after)
        if activate:
            await _make_live(tx, call, version, None, None, reason)
        return version

    return await call.database.transaction(call.store.id, work)


async def activate(
    call: Call, kind: str, name: str, number: int, starts_at: datetime | None, ends_at: datetime | None,
    reason: str | None,
) -> list[Plan]:  # fmt: skip
    """Make a version live: now, or from an instant on, or for a while; the plans there are then.

    Raises RULESET_UNKNOWN, RULESET_FAULTY when it does not work with what else is live or a gate forbids it, and
    PLAN_INVALID. What is not decided at a gate was allowed when it was published, and is watched.
    """
    until = has_until(call)
    version, content = await service.read_version(call, kind, name, number)
    candidate = Candidate(version, await _with(call, version, number, content), until)
    _refuse_faulty(_errors(await found_at_gates(call, candidate)))
    if version.kind == "orders":
        left = await orders_left(call, candidate.book.orders.document)
        _refuse_faulty(_errors(left))

    async def work(tx: Transaction) -> list[Plan]:
        await _refuse_senseless(tx, version, starts_at, ends_at)
        await _make_live(tx, call, version, starts_at, ends_at, reason)
        return await repo.plans(tx, kind, name)

    return await call.database.transaction(call.store.id, work)


async def roll_back(call: Call, kind: str, name: str, reason: str | None) -> list[Plan]:
    """Go back to what was live before: the version that counted last, or what decides without versions of one's own.

    Raises RULESET_UNKNOWN, and NOTHING_BEFORE when nothing of the store's own is live.
    """

    async def work(tx: Transaction) -> list[Plan]:
        await _require_known(tx, kind, name)
        current = await repo.current_plans(tx, kind, name)
        if not current:
            raise NOTHING_BEFORE(f"no version of {kind}/{name} is live; the rulesets that ship decide")
        if not await repo.cancel(tx, kind, name, current[0].id, call.actor.id):
            raise NOTHING_BEFORE("what was live has ended this moment; look again")
        left = await repo.current_plans(tx, kind, name)
        before = {"kind": kind, "name": name, "number": current[0].number}
        after = {"number": left[0].number if left else None, "reason": reason}
        await service.note(tx, call, "rulesets.roll_back", current[0].version_id, before, after)
        await announce(tx, call.shop, call.store)
        return await repo.plans(tx, kind, name)

    return await call.database.transaction(call.store.id, work)


async def call_off(call: Call, kind: str, name: str, plan_id: UUID) -> list[Plan]:
    """Call off a plan that has not ended. Raises PLAN_UNKNOWN."""

    async def work(tx: Transaction) -> list[Plan]:
        if not await repo.cancel(tx, kind, name, plan_id, call.actor.id):
            raise PLAN_UNKNOWN(f"{kind}/{name} has no plan {plan_id} to call off; GET …/plans lists them")
        await service.note(tx, call, "rulesets.plan_cancelled", plan_id, {"kind": kind, "name": name}, None)
        await announce(tx, call.shop, call.store)
        return await repo.plans(tx, kind, name)

    return await call.database.transaction(call.store.id, work)


async def list_plans(call: Call, kind: str, name: str) -> list[Plan]:
    """What was live, is and will be, the newest first; what was called off is marked. Raises RULESET_UNKNOWN."""

    async def work(tx: Transaction) -> list[Plan]:
        await _require_known(tx, kind, name)
        return await repo.plans(tx, kind, name)

    return await call.database.transaction(call.store.id, work)


async def archive(call: Call, kind: str, name: str, number: int) -> Version:
    """Put a version away. Raises RULESET_UNKNOWN, and VERSION_LIVE for one that is live or planned."""

    async def work(tx: Transaction) -> Version:
        version, _ = await service.published(tx, kind, name, number)
        if version.status == "archived":
            return version
        if not await repo.archive(tx, version.id):
            raise VERSION_LIVE(f"version {number} of {kind}/{name} is live or planned; roll back, or call the plan off")
        await service.note(tx, call, "rulesets.archive", version.id, {"status": "published"}, {"status": "archived"})
        return (await service.published(tx, kind, name, number))[0]

    return await call.database.transaction(call.store.id, work)


async def _require_known(tx: Transaction, kind: str, name: str) -> None:
    """Raise RULESET_UNKNOWN unless a version was published; whoever publishes or switches it waits for this one."""
    if await repo.highest_number(tx, kind, name) == 0:
        raise RULESET_UNKNOWN(f"the store has published no {kind}/{name}; GET /rulesets/versions lists what it has")


def _refuse_faulty(errors: Sequence[Diagnostic]) -> None:
    if errors:
        counted = "1 error" if len(errors) == 1 else f"{len(errors)} errors; the first"
        raise RULESET_FAULTY(
            f"it has {counted}: {errors[0].message}{_shown(errors[0])}",
            faults=[_fault(error) for error in errors[:_MOST_FAULTS]],
        )


def _refuse_warnings(found: Sequence[Diagnostic], allowed: Sequence[Allowed]) -> None:
    warnings = open_warnings(found, allowed)
    if warnings:
        raise WARNINGS_OPEN(
            f"it has warnings; allow each with a reason, or mend it. The first: {warnings[0].message}",
            faults=[_fault(warning) for warning in warnings[:_MOST_FAULTS]],
            codes=sorted({warning.code for warning in warnings}),
        )


def _fault(finding: Diagnostic) -> Fault:
    place = "" if finding.span is None else f"{finding.span} "
    return Fault("", finding.code, f"{place}{finding.message}{_shown(finding)}")


def _shown(finding: Diagnostic) -> str:
    """The cart that shows it, on lines of its own."""
    return f"\n{finding.witness}" if finding.witness else ""


def _errors(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    return [each for each in found if each.severity == "error"]


def _warnings(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    return [each for each in found if each.severity == "warning"]


async def _asked(call: Call, warned: Sequence[Diagnostic], candidate: Candidate) -> Findings:
    """What the publish policy that is live has to say; the past carts it looks at are decided for that."""
    live = call.use(BOOKS).live(call.store)
    policy = live.access.policy
    compared = None if policy.guard is None else await guarded(call, live, candidate, policy.guard)
    warnings = [warning.code for warning in warned]
    return findings(policy, candidate.version.kind, warnings, live, candidate.book, compared)


def _agreed(asked: Findings, approval: Approval | None) -> dict[str, object]:
    """For the audit log: what past carts would pay, and who has agreed."""
    past: dict[str, object] = {} if asked.past_carts is None else {"past_carts": asked.past_carts.shares}
    return past if approval is None else {**past, "approval": approval.id, "approved_by": approval.decided_by}


async def _with(call: Call, version: Version, number: int, content: Content) -> LiveBook:
    """The book that would decide with it. Raises RULESET_FAULTY unless it works with everything else that is live."""

    async def work(tx: Transaction) -> list[OwnRuleset]:
        return await own_repo.live(tx)

    others = await call.database.transaction(call.store.id, work)
    mine = OwnRuleset(version.id, version.kind, version.name, number, content.source, content.attachments)
    kept = [each for each in others if (each.kind, each.name) != (version.kind, version.name)]
    try:
        return await asyncio.to_thread(call.use(BOOKS).with_own, call.store, [*kept, mine])
    except RulesetsFaulty as faults:
        raise RULESET_FAULTY(f"it does not work with the rulesets that are live: {faults}") from faults


async def _refuse_senseless(
    tx: Transaction, version: Version, starts_at: datetime | None, ends_at: datetime | None
) -> None:
    now = await tx.now()
    begins = starts_at or now
    if starts_at is not None and starts_at <= now:
        raise _plan_invalid("/from", "past", f"{starts_at.isoformat()} is over; leave it out to begin now")
    if ends_at is not None and ends_at <= begins:
        raise _plan_invalid("/until", "before_from", "it would end before it begins")
    crossed = await repo.overlapping(tx, version.kind, version.name, begins, ends_at)
    if crossed is not None:
        raise _plan_invalid(
            "/from", "overlapping",
            f"version {crossed.number} is planned from {crossed.starts_at.isoformat()}; call that off, or end before",
        )  # fmt: skip


def _plan_invalid(pointer: str, code: str, message: str) -> AppError:
    return PLAN_INVALID(message, faults=[Fault(pointer, code, message)])


async def _make_live(
    tx: Transaction, call: Call, version: Version, starts_at: datetime | None, ends_at: datetime | None,
    reason: str | None,
) -> None:  # fmt: skip
    plan_id = await repo.add_plan(tx, version, starts_at, ends_at, reason, call.actor.id)
    after = {
        "kind": version.kind, "name": version.name, "number": version.number,
        "from": None if starts_at is None else starts_at.isoformat(),
        "until": None if ends_at is None else ends_at.isoformat(), "reason": reason,
    }  # fmt: skip
    await service.note(tx, call, "rulesets.activate", plan_id, None, after)
    await announce(tx, call.shop, call.store)
