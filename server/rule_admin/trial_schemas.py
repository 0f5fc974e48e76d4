"""What do requests and answers about trials look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from server.decisions.trials import WHOLE
from server.rule_admin.schemas import Comment, Kind, Name, Number
from server.web.binding import Body, Path, View

_DECIMAL = r"(?:0|[1-9][0-9]{0,3})(?:\.[0-9]{1,3})?(?!\n)$"
PerCent = Annotated[str, Meta(pattern=f"^{_DECIMAL}", max_length=8, description='Per cent, or points of it: "2.5".')]
Change = Annotated[str, Meta(pattern=f"^-?{_DECIMAL}", max_length=9, description='Per cent, less when negative: "-5".')]
Share = Annotated[int, Meta(ge=1, le=WHOLE, description="Of 10,000 customers: 100 is one per cent, 10000 everybody.")]


class TrialPath(Path, frozen=True, kw_only=True):
    """Names a trial."""

    trial_id: UUID


class GuardsBody(Body, frozen=True, kw_only=True):
    """What a trial ends at by itself, once `min_decisions` were made in both arms. What is left out has no limit.

    `average_total` is how much the average total may change, from and to, in per cent of the live one; discounts as a
    share of what items cost, and refused carts as a share of all, may differ by so many points, up or down. More
    failed decisions than `max_error_rate` per cent are not waited for in the live arm.
    """

    max_error_rate: PerCent = "1"
    min_decisions: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 100
    average_total: Annotated[list[Change], Meta(min_length=2, max_length=2)] | None = None
    max_discount_share_change: PerCent | None = None
    max_refused_change: PerCent | None = None


class StartTrialBody(Body, frozen=True, kw_only=True):
    """Which version, how, for how many; everybody for a shadow, and one in a hundred for a canary, unless told."""

    kind: Kind
    name: Name = "default"
    number: Number
    mode: Literal["shadow", "canary"]
    share: Share | None = None
    guards: GuardsBody | None = None
    reason: Comment | None = None


class ShareBody(Body, frozen=True, kw_only=True):
    """How many take part from now on."""

    share: Share


class EndTrialBody(Body, frozen=True, kw_only=True):
    """Why."""

    reason: Comment | None = None


class GuardsView(View, frozen=True, kw_only=True):
    """What a trial ends at by itself."""

    max_error_rate: str
    min_decisions: int
    average_total: list[str] | None
    max_discount_share_change: str | None
    max_refused_change: str | None


class TrialView(View, frozen=True, kw_only=True):
    """A trial. `tripped` is one that a guard ended; `end_reason` says why."""

    id: UUID
    kind: str
    name: str
    number: int
    mode: Literal["shadow", "canary"]
    share: int
    guards: GuardsView
    state: Literal["running", "ended", "promoted", "tripped"]
    reason: str | None
    end_reason: str | None
    started_by: UUID | None
    started_at: datetime
    ended_by: UUID | None
    ended_at: datetime | None


class TrialsView(View, frozen=True, kw_only=True):
    """Trials, the newest first."""

    items: list[TrialView]


class ArmView(View, frozen=True, kw_only=True):
    """What decisions of carts and quotes came to; money in the store's currency, shares and rates in per cent.

    `dropped` are carts a shadow had no time for, `differs` those it decided otherwise than the live version.
    """

    decided: int
    failed: int
    dropped: int
    refused: int
    differs: int
    average_total: str | None
    discount_share: str | None
    refused_share: str | None
    error_rate: str | None


class WatchedTrialView(TrialView, frozen=True, kw_only=True):
    """A trial, and what came of it since its share was set: of a shadow both arms decided the very same carts."""

    live: ArmView
    trial: ArmView
