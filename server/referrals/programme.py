"""What does the referrals ruleset of a store decide with, at one instant, in one transaction?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.documents.model import ReferralsDocument
from engine.runtime.shown import Shown
from server.decisions.books import BOOKS, LiveBook
from server.errors import AppError
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """`at` is the instant that is judged by: when it happened, or now."""

    shop: Shop
    store: Store
    tx: Transaction
    live: LiveBook
    document: ReferralsDocument
    at: datetime

    @property
    def ruleset(self) -> str:
        """Which version decides: `default/3`, and the beginning of its hash."""
        head = self.document.head
        return f"{head.name}/{head.version} {head.hash[:12]}"

    @property
    def shown(self) -> Shown:
        """Writes facts for people."""
        head = self.document.head
        vocabulary = self.shop.use(BOOKS).vocabulary(head.vocabulary)
        return Shown(vocabulary, self.live.currency, head.timezone)


def programme_of(shop: Shop, store: Store, tx: Transaction, at: datetime) -> Programme | None:
    """The programme of the store; None for a store without rulesets, or without one for its currency."""
    live = live_book(shop, store)
    if live is None or live.referrals is None:
        return None
    return Programme(shop=shop, store=store, tx=tx, live=live, document=live.referrals, at=at)


def live_book(shop: Shop, store: Store) -> LiveBook | None:
    """The book of the store, if there is one: what happens goes on happening while rulesets are being mended."""
    try:
        return shop.use(BOOKS).live(store)
    except AppError:
        return None
