"""What can the shop do with coupon codes? Issue one or many, look them up, revoke them, and see what they cost.

What a code gives is written in the coupons ruleset: every code belongs to a campaign of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from engine.facts.words import fold_code
from server.auth.emails import parse_email
from server.decisions.books import BOOKS, LiveBook
from server.errors import AppError, Fault
from server.referrals import repo
from server.referrals.codes import fault_of, skeleton
from server.referrals.errors import (
    BATCH_UNKNOWN,
    CAMPAIGN_UNKNOWN,
    CODE_EXPIRED,
    CODE_INVALID,
    CODE_OWNER,
    CODE_TAKEN,
    CODE_UNKNOWN,
)
from server.referrals.issued import Batch, IssuedCode, NewCodes, ReportRow
from server.referrals.issuing import issue_random, written_codes
from server.referrals.report import report_rows
from server.referrals.schemas import BatchBody, CodesQuery, IssueBody
from server.web.call import Call
from server.web.noting import note
from server.web.pages import Position, by_time, window
from storage.ids import new_id
from storage.transaction import Transaction


async def issue(call: Call, body: IssueBody) -> IssuedCode:
    """Issue one code.

    Raises CAMPAIGN_UNKNOWN, CODE_INVALID, CODE_TAKEN (also for a code that looks like another), CODE_OWNER and
    CODE_EXPIRED.
    """
    live = call.use(BOOKS).live(call.store)
    _require_campaign(live, body.campaign)
    _refuse_two_owners(body)
    email = None if body.email is None else parse_email(body.email).folded
    chosen = None if body.code is None else _chosen(live, body.code)

    async def work(tx: Transaction) -> IssuedCode:
        await _refuse_expired(tx, body.expires_at)
        owner_id = await _owner(tx, live, body, email)
        common = _common(call, body, owner_id)
        if chosen is None:
            (code_id,) = (await issue_random(tx, live, common)).values()
        else:
            code_id = await _issue_chosen(tx, chosen, common)
        await _record(tx, call, "coupons.issue", "coupon_code", code_id, {"campaign": body.campaign})
        return await _read(tx, code_id)

    return await call.database.transaction(call.store.id, work)


async def issue_batch(call: Call, body: BatchBody) -> Batch:
    """Issue many unguessable codes. Raises CAMPAIGN_UNKNOWN, CODE_EXPIRED, and CODE_OWNER for personal campaigns."""
    live = call.use(BOOKS).live(call.store)
    _require_campaign(live, body.campaign)
    if _is_personal(live, body.campaign):
        raise _owner_fault("/campaign", f"codes of {body.campaign} are each for one user: issue them one by one")

    async def work(tx: Transaction) -> Batch:
        await _refuse_expired(tx, body.expires_at)
        common = _common(call, body, None)
        codes = await issue_random(tx, live, common, body.count, fold_code(body.prefix or ""), body.length)
        told = {"campaign": body.campaign, "codes": len(codes)}
        await _record(tx, call, "coupons.issue", "coupon_batch", common.batch_id, told)
        return Batch(id=common.batch_id, campaign=body.campaign, expires_at=body.expires_at, codes=tuple(codes))

    return await call.database.transaction(call.store.id, work)


async def read_batch(call: Call, batch_id: UUID) -> Batch:
    """The codes that were issued together. Raises BATCH_UNKNOWN."""

    async def work(tx: Transaction) -> Batch:
        found = await repo.read_batch(tx, batch_id)
        if found is None:
            raise BATCH_UNKNOWN(f"the store has no batch {batch_id}; GET /coupons/codes shows the batch of each code")
        return found

    return await call.database.transaction(call.store.id, work)


async def list_codes(call: Call, query: CodesQuery, at: Position) -> Sequence[IssuedCode]:
    """Issued codes, newest first, one more than the page holds."""

    async def work(tx: Transaction) -> Sequence[IssuedCode]:
        return await repo.list_codes(
            tx, campaign=query.campaign, owner_id=query.owner_id, batch_id=query.batch_id,
            prefix=None if query.code is None else fold_code(query.code), state=query.state,
            window=window(at, by_time),
        )  # fmt: skip

    return await call.database.transaction(call.store.id, work)


async def revoke(call: Call, code_id: UUID) -> IssuedCode:
    """End a code; doing it twice does it once. Orders that have used it keep what it gave. Raises CODE_UNKNOWN."""

    async def work(tx: Transaction) -> IssuedCode:
        if await repo.revoke(tx, code_id):
            await _record(tx, call, "coupons.revoke", "coupon_code", code_id, {"state": "revoked"})
        return await _read(tx, code_id)

    return await call.database.transaction(call.store.id, work)


async def report(call: Call, since: datetime | None, until: datetime | None) -> tuple[ReportRow, ...]:
    """How often every rule was used by orders of the time `[since, until)`, and what it gave away."""
    live = call.use(BOOKS).live(call.store)

    async def work(tx: Transaction) -> tuple[ReportRow, ...]:
        return report_rows(live, await repo.used_rules(tx, since, until), await repo.campaign_codes(tx, since, until))

    return await call.database.transaction(call.store.id, work)


def _require_campaign(live: LiveBook, campaign: str) -> None:
    known = live.limited.campaigns
    if campaign not in known:
        there = ", ".join(sorted(known)) or "none; write a coupon with a campaign first"
        detail = f"the coupons ruleset has no campaign {campaign!r}; there are: {there}"
        raise CAMPAIGN_UNKNOWN(detail, faults=[Fault("/campaign", CAMPAIGN_UNKNOWN.code, detail)])


def _is_personal(live: LiveBook, campaign: str) -> bool:
    """Whether codes of the campaign only work for the user they were issued to."""
    assert live.book.coupons is not None
    return live.book.coupons.by_campaign[campaign].coupon.user_bound


def _chosen(live: LiveBook, code: str) -> str:
    """The code folded. Raises CODE_INVALID, and CODE_TAKEN for one the rule book has or looks like."""
    folded = fold_code(code)
    fault = fault_of(folded)
    if fault is not None:
        detail = f"the code {code!r} {fault}"
        raise CODE_INVALID(detail, faults=[Fault("/code", CODE_INVALID.code, detail)])
    alike = written_codes(live).get(skeleton(folded))
    if alike is not None:
        raise _taken(code, alike, "of the coupons ruleset")
    return folded


async def _issue_chosen(tx: Transaction, code: str, common: NewCodes) -> UUID:
    issued = await repo.issue(tx, [code], common)
    if code not in issued:
        raise _taken(code, await repo.find_alike(tx, code) or code, "that was issued")
    return issued[code]


def _refuse_two_owners(body: IssueBody) -> None:
    if body.owner_id is not None and body.email is not None:
        raise _owner_fault("/email", "give one of owner_id and email")


async def _owner(tx: Transaction, live: LiveBook, body: IssueBody, email: str | None) -> UUID | None:
    """The user the code is for. Raises CODE_OWNER for nobody, and where the campaign needs somebody."""
    if body.owner_id is None and email is None:
        if _is_personal(live, body.campaign):
            raise _owner_fault("/owner_id", f"a code of {body.campaign} is for one user: give owner_id or email")
        return None
    found = await repo.find_owner(tx, body.owner_id, email)
    if found is None:
        pointer, named = ("/email", body.email) if body.owner_id is None else ("/owner_id", body.owner_id)
        raise _owner_fault(pointer, f"no user of the store is {named}; GET /users lists them")
    return found


async def _refuse_expired(tx: Transaction, expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= await tx.now():
        detail = f"{expires_at.isoformat()} is over already"
        raise CODE_EXPIRED(detail, faults=[Fault("/expires_at", CODE_EXPIRED.code, detail)])


def _common(call: Call, body: IssueBody | BatchBody, owner_id: UUID | None) -> NewCodes:
    return NewCodes(
        batch_id=new_id(),
        campaign=body.campaign,
        owner_id=owner_id,
        note=body.note,
        expires_at=body.expires_at,
        created_by=call.actor.id,
    )


async def _read(tx: Transaction, code_id: UUID) -> IssuedCode:
    found = await repo.read_code(tx, code_id)
    if found is None:
        raise CODE_UNKNOWN(f"the store has issued no code {code_id}; GET /coupons/codes lists them")
    return found


async def _record(
    tx: Transaction, call: Call, action: str, resource: str, resource_id: UUID, after: Mapping[str, Any]
) -> None:
    await note(tx, call, action, resource, resource_id, None, after)


def _taken(code: str, alike: str, where: str) -> AppError:
    looks = "is there already" if fold_code(code) == alike else f"looks like {alike.upper()}, which is there already"
    detail = f"{code!r} {looks}: a code {where}; choose another one"
    return CODE_TAKEN(detail, faults=[Fault("/code", CODE_TAKEN.code, detail)])


def _owner_fault(pointer: str, detail: str) -> AppError:
    return CODE_OWNER(detail, faults=[Fault(pointer, CODE_OWNER.code, detail)])
