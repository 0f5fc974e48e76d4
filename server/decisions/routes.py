"""The addresses of the decision log and the live rulesets."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from engine.facts.words import fold_code
from engine.money import format_amount
from server.decisions import service
from server.decisions.books import BOOKS, LiveBook
from server.decisions.dry_run_views import decided_view
from server.decisions.errors import (
    DECISION_UNKNOWN,
    EXPLANATION_NOT_ALLOWED,
    RULES_MISSING,
)
from server.decisions.schemas import DecisionPath, LiveRulesetsView, LogQuery, ReviewQuery
from server.decisions.service import LoggedLine, Reviewed, Wanted
from server.decisions.shapes import LoggedLineView, ReviewView
from server.decisions.views import ruleset_view
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, Position, page, position

routes = Routes("Decisions")


@routes.get("/decisions", needs="decisions.log_read")
async def list_decisions(call: Call, query: LogQuery) -> Reply[Page[LoggedLineView]]:
    """The decision log, newest first: quotes that were kept, and what orders rest on."""
    at = position(call, query)
    lines = await service.logged_decisions(call.database, call.store.id, _wanted(query, at))
    return page(call, query, at, lines, _line_keys, _line_view)


@routes.get(
    "/decisions/{decision_id}",
    needs="decisions.log_read",
    errors=(DECISION_UNKNOWN, EXPLANATION_NOT_ALLOWED, RULES_MISSING),
)
async def read_decision(call: Call, path: DecisionPath, query: ReviewQuery) -> ReviewView:
    """A decision of the log, and the same facts decided by the rules of now.

    `reproduced` says whether both are the same to the last byte; `rules_changed` which rulesets are others today. The
    explanation is of the decision as it would be made now.
    """
    live, locale = call.use(BOOKS).live(call.store), query.locale or call.store.locale
    reviewed = await service.review(
        call.database, call.store.id, live, path.decision_id, call.actor, query.level, locale
    )
    return _review_view(call, live, reviewed, locale)


@routes.get("/rulesets/live", needs="rules.read", errors=(RULES_MISSING,))
async def read_live_rulesets(call: Call) -> LiveRulesetsView:
    """The rulesets that decide for the store now."""
    live = call.use(BOOKS).live(call.store)
    return LiveRulesetsView(
        currency=live.currency,
        timezone=live.timezone,
        rulesets=tuple(ruleset_view(ruleset) for ruleset in live.rulesets),
    )


def _review_view(call: Call, live: LiveBook, reviewed: Reviewed, locale: str) -> ReviewView:
    logged = reviewed.logged
    again = None if reviewed.again is None else decided_view(call, live, reviewed.again, locale)
    return ReviewView(
        entry=_line_view(logged),
        rulesets=tuple(ruleset_view(ruleset) for ruleset in logged.rulesets),
        facts=msgspec.to_builtins(logged.basket),
        result=msgspec.json.decode(logged.result),
        reproduced=reviewed.reproduced,
        rules_changed=reviewed.rules_changed,
        decision=None if again is None else again.decision,
        explanation=None if again is None else again.explanation,
    )


def _wanted(query: LogQuery, at: Position) -> Wanted:
    beyond = None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1]))
    kind, _, rule = (query.rule or "").partition("/")
    return Wanted(
        purpose=query.purpose,
        cart_id=query.cart_id,
        rule=(kind, rule) if query.rule else None,
        code=None if query.coupon_code is None else fold_code(query.coupon_code),
        customer=query.customer_id,
        order=query.order_number,
        since=query.decided_from,
        before=query.decided_before,
        refused=query.refused,
        beyond=beyond,
        backwards=at.backwards,
        most=at.limit + 1,
    )


def _line_keys(line: LoggedLine) -> list[str]:
    return [line.created_at.isoformat(), str(line.id)]


def _line_view(line: LoggedLine) -> LoggedLineView:
    return LoggedLineView(
        id=line.id,
        purpose=line.purpose,
        cart_id=line.cart_id,
        actor_kind=line.actor_kind,
        actor_id=line.actor_id,
        total=format_amount(line.total, line.currency),
        currency=line.currency,
        digest=line.digest,
        created_at=line.created_at,
    )
