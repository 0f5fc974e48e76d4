"""What of a rule book is kept with a job, so that it means for ever what it meant when it was asked for?"""

from __future__ import annotations

from datetime import datetime

import msgspec

from engine.documents.kinds import APART
from server.decisions.books import LiveBook, RulesetRef
from server.decisions.choosing import Base, Mix
from server.decisions.library import RulesetText


class ChosenSide(msgspec.Struct, frozen=True, kw_only=True):
    """A rule book: as it was chosen, and which rulesets that were at that moment."""

    base: Base
    at: datetime | None
    chosen: tuple[str, ...]
    rulesets: tuple[RulesetRef, ...]


class Side(ChosenSide, frozen=True, kw_only=True):
    """The same with the texts of its rulesets and the currency they were read in: all it takes to decide again."""

    currency: str
    texts: tuple[RulesetText, ...]


def side_of(mix: Mix, live: LiveBook, *, with_orders: bool = False) -> Side:
    """The side that was chosen as this mix, which is compiled to this book; with the life of orders if that counts."""
    kept = {"orders"} if with_orders else set()
    return Side(
        base=mix.base,
        at=mix.at,
        chosen=tuple(map(str, mix.chosen)),
        rulesets=live.checkout_rulesets,
        currency=live.currency,
        texts=tuple([text for text in live.texts if text.kind not in APART or text.kind in kept]),
    )
