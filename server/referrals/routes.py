"""The addresses of those who issue coupon codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from engine.money import formatter
from server.decisions.books import BOOKS
from server.decisions.errors import RULES_MISSING
from server.referrals import service
from server.referrals.errors import (
    BATCH_UNKNOWN,
    CAMPAIGN_UNKNOWN,
    CODE_EXPIRED,
    CODE_INVALID,
    CODE_OWNER,
    CODE_TAKEN,
    CODE_UNKNOWN,
)
from server.referrals.issued import Batch, IssuedCode, ReportRow, UsedRule
from server.referrals.schemas import (
    BatchBody,
    BatchPath,
    BatchView,
    CodePath,
    CodesQuery,
    IssueBody,
    IssuedCodeView,
    ReportQuery,
    ReportRowView,
    ReportView,
)
from server.web.call import Call
from server.web.endpoint import Raw, Reply, Routes
from server.web.pages import Page, page, position

routes = Routes("Coupons")

_ISSUING = (RULES_MISSING, CAMPAIGN_UNKNOWN, CODE_OWNER, CODE_EXPIRED)


@routes.get("/coupons/codes", needs="coupons.read", errors=(RULES_MISSING,))
async def list_coupon_codes(call: Call, query: CodesQuery) -> Reply[Page[IssuedCodeView]]:
    """Codes the shop has issued, newest first. Those the ruleset itself has are in the report."""
    at = position(call, query)
    found = await service.list_codes(call, query, at)
    view = _viewed(call)
    return page(call, query, at, found, lambda code: [code.created_at.isoformat(), str(code.id)], view)


@routes.post(
    "/coupons/codes",
    needs="coupons.issue",
    errors=(*_ISSUING, CODE_INVALID, CODE_TAKEN),
    status=201,
    idempotency="required",
)
async def issue_coupon_code(call: Call, body: IssueBody) -> IssuedCodeView:
    """Issue one code of a campaign of the live coupons ruleset.

    A code that is left out is made up. One that is taken, or that people could take for another one (O and 0, I and 1),
    is refused, whether that was issued or is written in the ruleset. Only coupons with `user_bound` refuse users who
    are not the owner; they need one.
    """
    return _viewed(call)(await service.issue(call, body))


@routes.post("/coupons/batches", needs="coupons.issue", errors=_ISSUING, status=201, idempotency="required")
async def issue_coupon_batch(call: Call, body: BatchBody) -> BatchView:
    """Issue up to 10,000 codes of a campaign at once.

    Nobody guesses them, and none looks like another code. /coupons/batches/{batch_id}/codes.csv has them as a file.
    """
    return _batch_view(await service.issue_batch(call, body))


@routes.get(
    "/coupons/batches/{batch_id}/codes.csv", needs="coupons.read", errors=(BATCH_UNKNOWN,), raw_types=("text/csv",)
)
async def export_coupon_batch(call: Call, path: BatchPath) -> Raw:
    """The codes of a batch as a CSV file: code, campaign, expires_at."""
    batch = await service.read_batch(call, path.batch_id)
    headers = {"Content-Disposition": f'attachment; filename="coupons-{batch.id}.csv"'}
    return Raw(_csv(batch), "text/csv; charset=utf-8", headers)


@routes.delete("/coupons/codes/{code_id}", needs="coupons.issue", errors=(CODE_UNKNOWN, RULES_MISSING))
async def revoke_coupon_code(call: Call, path: CodePath) -> IssuedCodeView:
    """Revoke a code: from now on nobody can use it. Orders that have it keep what it gave; again changes nothing."""
    return _viewed(call)(await service.revoke(call, path.code_id))


@routes.get("/coupons/report", needs="coupons.read", errors=(RULES_MISSING,))
async def report_coupons(call: Call, query: ReportQuery) -> ReportView:
    """How often each coupon was issued and used, and what it gave away.

    Uses count by the time their order was placed, codes by the time they were issued.
    """
    rows = await service.report(call, query.since, query.until)
    money = formatter(call.store.currency)
    return ReportView(currency=call.store.currency, rows=tuple([_row_view(row, money) for row in rows]))


def _viewed(call: Call) -> Callable[[IssuedCode], IssuedCodeView]:
    coupons = call.use(BOOKS).live(call.store).limited.campaigns

    def view(issued: IssuedCode) -> IssuedCodeView:
        return IssuedCodeView(
            id=issued.id,
            code=issued.code.upper(),
            campaign=issued.campaign,
            coupon=coupons.get(issued.campaign),
            state=issued.state,
            owner_id=issued.owner_id,
            batch_id=issued.batch_id,
            note=issued.note,
            expires_at=issued.expires_at,
            revoked_at=issued.revoked_at,
            held=issued.held,
            used=issued.used,
            created_by=issued.created_by,
            created_at=issued.created_at,
        )

    return view


def _batch_view(batch: Batch) -> BatchView:
    codes = tuple([code.upper() for code in batch.codes])
    return BatchView(id=batch.id, campaign=batch.campaign, expires_at=batch.expires_at, codes=codes)


def _csv(batch: Batch) -> bytes:
    """Codes begin with a letter or digit, so no spreadsheet takes one for a formula."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["code", "campaign", "expires_at"])
    expires_at = "" if batch.expires_at is None else batch.expires_at.isoformat()
    rows.writerows([code.upper(), batch.campaign, expires_at] for code in batch.codes)
    return text.getvalue().encode()


def _row_view(row: ReportRow, money: Callable[[int], str]) -> ReportRowView:
    used = row.used or UsedRule(kind="coupon", rule="")
    return ReportRowView(
        kind="campaign" if row.used is None else row.used.kind,
        rule=None if row.used is None else row.used.rule,
        campaign=row.campaign,
        codes=tuple([code.upper() for code in row.codes]),
        issued=row.issued,
        revoked=row.revoked,
        held=used.held,
        used=used.used,
        returned=used.returned,
        given_away=money(used.given_away),
        promised=money(used.promised),
    )
