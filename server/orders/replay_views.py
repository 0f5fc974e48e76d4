"""How is an order shown that was decided again?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server.decisions.differences import DifferencesView, Side, differences
from server.decisions.log_replay import Replayed
from server.decisions.shapes import RulesetView
from server.decisions.views import ruleset_view
from server.orders.replaying import ReplayedOrder
from server.orders.shapes import Number
from server.web.binding import View


class WhatIfView(View, frozen=True, kw_only=True):
    """What the order would have come to under other rulesets, and what is different from what was decided."""

    rulesets: list[RulesetView]
    digest: str
    decision: Annotated[msgspec.Raw, Meta(description="The decision as JSON of the engine.")]
    differences: DifferencesView


class OrderReplayView(View, frozen=True, kw_only=True):
    """An order, decided again from the facts of then by the rulesets of then."""

    number: Number
    decision_id: UUID
    decided_at: datetime
    reproduced: Annotated[bool, Meta(description="Whether it is what was decided then, to the last byte.")]
    digest: Annotated[str, Meta(description="sha256 of `decision`.")]
    stored_digest: Annotated[str, Meta(description="sha256 of what was decided then.")]
    rulesets: list[RulesetView]
    decision: Annotated[msgspec.Raw, Meta(description="The decision as JSON of the engine, byte for byte.")]
    what_if: WhatIfView | None


def replay_view(found: ReplayedOrder, locale: str) -> OrderReplayView:
    """The order, and what it would have come to when other rulesets were asked for."""
    return OrderReplayView(
        number=str(found.head.number),
        decision_id=found.logged.id,
        decided_at=found.logged.basket.now,
        reproduced=found.reproduced,
        digest=found.then.digest,
        stored_digest=found.logged.digest,
        rulesets=_rulesets(found.then),
        decision=msgspec.Raw(found.then.content),
        what_if=None if found.what_if is None else _what_if(found.then, found.what_if, locale),
    )


def _what_if(then: Replayed, other: Replayed, locale: str) -> WhatIfView:
    return WhatIfView(
        rulesets=_rulesets(other),
        digest=other.digest,
        decision=msgspec.Raw(other.content),
        differences=differences(Side(then.book, then.decision), Side(other.book, other.decision), locale),
    )


def _rulesets(replayed: Replayed) -> list[RulesetView]:
    return [ruleset_view(ruleset) for ruleset in replayed.book.checkout_rulesets]
