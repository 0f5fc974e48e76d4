"""The addresses of invites and of what they bring."""

from __future__ import annotations

from collections.abc import Callable

from server.auth.errors import NOT_A_USER
from server.referrals import invites_desk as desk
from server.referrals import own
from server.referrals.errors import INVITE_ENDED, INVITE_UNKNOWN
from server.referrals.invited import Invite
from server.referrals.invites_schemas import (
    DecideBody,
    InvitePath,
    InvitesQuery,
    InviteView,
    OwnReferralsQuery,
    OwnReferralsView,
    ReferralsReportQuery,
    ReferralsReportView,
)
from server.referrals.invites_views import invite_view, own_view, report_view
from server.referrals.programme import live_book
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, page, position

routes = Routes("Referrals")


@routes.get("/me/referrals", needs="profile.own", errors=(NOT_A_USER,))
async def read_own_referrals(call: Call, query: OwnReferralsQuery) -> OwnReferralsView:
    """The own code for friends, how far it is to the next reward, and what was earned.

    The code is made when it is first asked for, and stays the same.
    """
    found = await own.read_own(call)
    locale = query.locale or found.standing.locale or call.store.locale
    address = call.shop.settings.public_url or call.shop.settings.base_url
    return own_view(found, address, locale)


@routes.get("/referrals/invites", needs="coupons.read", errors=())
async def list_invites(call: Call, query: InvitesQuery) -> Reply[Page[InviteView]]:
    """Invites, the newest first, each with the reasons why it counts or does not."""
    at = position(call, query)
    found = await desk.list_invites(call, query, at)
    return page(call, query, at, found, lambda each: [each.joined_at.isoformat(), str(each.id)], _viewed(call))


@routes.get("/referrals/invites/{invite_id}", needs="coupons.read", errors=(INVITE_UNKNOWN,))
async def read_invite(call: Call, path: InvitePath) -> InviteView:
    """One invite."""
    return _viewed(call)(await desk.read_invite(call, path.invite_id))


@routes.post("/referrals/invites/{invite_id}/allow", needs="coupons.issue", errors=(INVITE_UNKNOWN, INVITE_ENDED))
async def allow_invite(call: Call, path: InvitePath, body: DecideBody) -> InviteView:
    """Ask no guards about the invite: it counts as soon as it qualifies. Again changes nothing."""
    return _viewed(call)(await desk.decide(call, path.invite_id, "allow", body.reason))


@routes.post("/referrals/invites/{invite_id}/refuse", needs="coupons.issue", errors=(INVITE_UNKNOWN, INVITE_ENDED))
async def refuse_invite(call: Call, path: InvitePath, body: DecideBody) -> InviteView:
    """Let the invite never count, also one that does: codes are treated as after a reversal. Again changes nothing."""
    return _viewed(call)(await desk.decide(call, path.invite_id, "refuse", body.reason))


@routes.get("/referrals/report", needs="coupons.read", errors=())
async def report_referrals(call: Call, query: ReferralsReportQuery) -> ReferralsReportView:
    """How many friends came, counted and were refused and why; what was given for it, and what it cost."""
    return report_view(await desk.report(call, query.since, query.until), call.store.currency)


def _viewed(call: Call) -> Callable[[Invite], InviteView]:
    live = live_book(call.shop, call.store)
    return invite_view(None if live is None else live.referrals, call.store.locale)
