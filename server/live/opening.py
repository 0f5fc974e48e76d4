"""What does a process keep for those to whom it shows what moves?"""

from __future__ import annotations

from server.feeds.notices import NOTICES
from server.live.dashboard import DASHBOARDS, dashboards
from server.live.following import ORDERS, SELLERS, followed_orders, followed_sellers
from server.live.inventory import STOCKS, stocks
from server.live.streams import STREAMS, Streams
from server.web.call import Shop


def open_live(shop: Shop) -> None:
    """Everything this room needs, wired."""
    notices = shop.use(NOTICES)
    shop.provide(STREAMS, Streams(notices))
    shop.provide(ORDERS, followed_orders(shop.database, notices))
    shop.provide(SELLERS, followed_sellers(shop.database, notices))
    shop.provide(DASHBOARDS, dashboards(shop.database, notices))
    shop.provide(STOCKS, stocks(shop.database, notices))
