"""The addresses of signals: what they look for, what they saw, and what they would have seen."""

from __future__ import annotations

from typing import Final

from server.decisions.errors import MIX_FAULTY, MIX_INVALID, MIX_UNKNOWN, RULES_MISSING
from server.signals import service
from server.signals.errors import FIRING_UNKNOWN, PERIOD_INVALID, SIGNALS_MISSING, TRIED_TOO_LONG
from server.signals.firings_repo import Wanted
from server.signals.schemas import (
    FiringDetailView,
    FiringPath,
    FiringsQuery,
    FiringView,
    SignalsView,
    TriedView,
    TryBody,
)
from server.signals.snapshot import StoredFiring
from server.signals.trying import try_out
from server.signals.views import detail_view, firing_view, signals_view, tried_view
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, by_time, page, position, window

READS: Final = "orders.read"
TRIES: Final = "decisions.dry_run"

routes = Routes("Signals")


@routes.get("/signals", needs=READS, errors=(RULES_MISSING,))
async def list_signals(call: Call) -> SignalsView:
    """The patterns over time that the shop looks for, and how often each was seen of late."""
    return signals_view(*await service.live_signals(call))


@routes.get("/signals/firings", needs=READS)
async def list_signal_firings(call: Call, query: FiringsQuery) -> Reply[Page[FiringView]]:
    """What signals saw, the newest first: `effect=hold&signal=cash-velocity` is what waits for a look by a person."""
    at = position(call, query)
    wanted = Wanted(
        signal=query.signal, effect=query.effect, order_number=query.order, cart_id=query.cart_id,
        customer_id=query.customer_id, since=query.since, until=query.until,
    )  # fmt: skip
    return page(call, query, at, await service.firings(call, wanted, window(at, by_time)), _keys, firing_view)


@routes.get("/signals/firings/{firing_id}", needs=READS, errors=(FIRING_UNKNOWN,))
async def read_signal_firing(call: Call, path: FiringPath) -> FiringDetailView:
    """One firing: the events that made it, what was the same in them, and what was done."""
    return detail_view(*await service.firing(call, path.firing_id))


@routes.post(
    "/signals/dry-run",
    needs=TRIES,
    errors=(RULES_MISSING, MIX_INVALID, MIX_UNKNOWN, MIX_FAULTY, PERIOD_INVALID, SIGNALS_MISSING, TRIED_TOO_LONG),
)
async def dry_run_signals(call: Call, body: TryBody) -> TriedView:
    """What signals would have seen, and held, in what happened between two instants. Nothing is done.

    Signals of drafts and versions need `rules.read` besides. Of carts, orders and customers at rest nothing is kept, so
    signals about those are not tried.
    """
    return tried_view(await try_out(call, body))


def _keys(firing: StoredFiring) -> tuple[str, str]:
    return firing.fired_at.isoformat(), str(firing.id)
