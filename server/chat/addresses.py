"""Where can an attachment be loaded?"""

from __future__ import annotations

from functools import partial

from server.chat import attachments_links
from server.chat.views import Address
from server.web.call import Shop
from storage.tenancy import Store


def address_of(shop: Shop, store: Store) -> Address:
    """What gives the address of each attachment of the store."""
    return partial(attachments_links.address, shop.keys, store)
