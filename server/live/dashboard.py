"""How is the shop doing, now? The same figures for all who look, computed once for a store, in each process.

They are read again when something of the store has changed, at most once a second, and every fifteen seconds in any
case; while nobody looks they are not read at all.
"""

from __future__ import annotations

from typing import Final

from server.feeds.notices import Notice, Notices
from server.live import dashboard_repo
from server.live.dashboard_repo import Figures
from server.live.dashboard_views import DashboardView, dashboard_view
from server.live.looking import Look, Lookout
from server.sockets.connections import Connection, SocketCall
from server.sockets.edge import EDGES
from server.sockets.namespaces import Namespace
from server.web.call import Call, Resource
from storage.database import Database

NEEDS: Final = "orders.read or analytics.read"
PAUSE_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 15.0
_CHANGES: Final = ("order", "order_change", "chat", "stock", "rules")
"""Kinds of notices that tell of what is counted here."""

admin: Final = Namespace(
    "/admin",
    needs=NEEDS,
    about="How the shop is doing, for its people: told from the moment they connect, there is nothing to ask for.",
)
DASHBOARD: Final = admin.emits(
    "dashboard", DashboardView,
    "How the shop is doing: first at once, then whenever something has changed, at most once a second, and every"
    " fifteen seconds in any case.",
)  # fmt: skip

DASHBOARDS: Final = Resource[Lookout[Figures]]("live.dashboards")


def dashboards(database: Database, notices: Notices) -> Lookout[Figures]:
    """How the stores are doing that somebody looks at in this process."""
    lookout = Lookout(database, dashboard_repo.read, pause_seconds=PAUSE_SECONDS, look_seconds=LOOK_SECONDS)

    def changed(notice: Notice) -> None:
        lookout.changed(notice.store_id, notice.store_id)

    for kind in _CHANGES:
        notices.on(kind, changed)
    notices.on_silence(lookout.look_at_all)
    return lookout


async def read(call: Call) -> DashboardView:
    """The figures, as the caller may see them."""
    store_id = call.store.id
    found = await call.database.transaction(store_id, lambda tx: dashboard_repo.read(tx, [store_id]))
    return dashboard_view(found[store_id], call.actor)


@admin.connected
async def come(call: SocketCall) -> None:
    """Show them the figures from now on."""
    connection, edge = call.connection, call.use(EDGES)[admin.path]

    async def show(figures: Figures) -> None:
        await edge.tell(connection, DASHBOARD, dashboard_view(figures, connection.actor))

    store_id = call.store.id
    connection.local["dashboard"] = call.use(DASHBOARDS).look(store_id, store_id, show, connection)


@admin.disconnected
async def go(connection: Connection) -> None:
    """Nobody is shown anything any more."""
    look = connection.local.pop("dashboard", None)
    if isinstance(look, Look):
        look.close()
