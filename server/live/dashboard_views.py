"""What is somebody shown of how the shop is doing? What their permissions let them see; null else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from engine.money import formatter
from server.decisions.shapes import Money
from server.live.dashboard_repo import MINUTES, Figures
from server.web.actor import Actor
from server.web.binding import View

PerMinute = Annotated[
    list[int],
    Meta(description=f"Orders placed in each of the last {MINUTES} minutes, the one that goes on now last."),
]


class RevenueView(View, frozen=True, kw_only=True):
    """Money of the day: what came for orders that were paid today, less what went back today. `since` is midnight."""

    since: datetime
    currency: str
    captured: Money
    refunded: Money
    net: Money


class LowVariantView(View, frozen=True, kw_only=True):
    """A variant at or below its threshold, in pieces."""

    sku: str
    product_name: str
    available: int
    low_stock_threshold: int


class LowStockView(View, frozen=True, kw_only=True):
    """Variants at or below their thresholds: how many, and the twenty of which there is least."""

    count: int
    variants: list[LowVariantView]


class ChatQueueView(View, frozen=True, kw_only=True):
    """Conversations that wait for somebody of the shop, the oldest of them since then."""

    waiting: int
    since: datetime | None


class SwitchView(View, frozen=True, kw_only=True):
    """A version of a ruleset that came into effect today, or went out of it; who planned or undid it, when known."""

    kind: str
    name: str
    version: int
    what: Literal["began", "ended"]
    at: datetime
    by: UUID | None
    by_name: str | None


class LagView(View, frozen=True, kw_only=True):
    """Work in the background that is due: for how many seconds the oldest of it has been."""

    kind: str
    late_seconds: float


class DashboardView(View, frozen=True, kw_only=True):
    """How the shop is doing. What your permissions do not let you see is null."""

    at: datetime
    orders_per_minute: PerMinute
    revenue_today: Annotated[RevenueView | None, Meta(description="Needs `analytics.read`.")]
    held_orders: Annotated[int | None, Meta(description="Needs `orders.read`.")]
    low_stock: Annotated[LowStockView | None, Meta(description="Needs `inventory.read`.")]
    chat_queue: Annotated[ChatQueueView | None, Meta(description="Needs `chat.moderate`.")]
    switches_today: Annotated[
        list[SwitchView] | None, Meta(description="The newest first, fifty at most. Needs `rules.read`.")
    ]
    jobs: Annotated[list[LagView] | None, Meta(description="The latest first. Needs `jobs.manage`.")]


def dashboard_view(figures: Figures, actor: Actor) -> DashboardView:
    """The figures, as this actor may see them."""
    return DashboardView(
        at=figures.at,
        orders_per_minute=list(figures.orders_per_minute),
        revenue_today=_revenue(figures) if actor.may("analytics.read") else None,
        held_orders=figures.held if actor.may("orders.read") else None,
        low_stock=_low_stock(figures) if actor.may("inventory.read") else None,
        chat_queue=_chat_queue(figures) if actor.may("chat.moderate") else None,
        switches_today=_switches(figures) if actor.may("rules.read") else None,
        jobs=_jobs(figures) if actor.may("jobs.manage") else None,
    )


def _revenue(figures: Figures) -> RevenueView:
    money = formatter(figures.currency)
    return RevenueView(
        since=figures.today, currency=figures.currency, captured=money(figures.captured),
        refunded=money(figures.refunded), net=money(figures.captured - figures.refunded),
    )  # fmt: skip


def _low_stock(figures: Figures) -> LowStockView:
    variants = [
        LowVariantView(
            sku=each.sku, product_name=each.product_name, available=each.available,
            low_stock_threshold=each.low_stock_threshold,
        )
        for each in figures.low_stock
    ]  # fmt: skip
    return LowStockView(count=figures.low, variants=variants)


def _chat_queue(figures: Figures) -> ChatQueueView:
    return ChatQueueView(waiting=figures.waiting, since=figures.waiting_since)


def _switches(figures: Figures) -> list[SwitchView]:
    return [
        SwitchView(
            kind=each.kind, name=each.name, version=each.version, what=each.what, at=each.at, by=each.by,
            by_name=each.by_name,
        )
        for each in figures.switches
    ]  # fmt: skip


def _jobs(figures: Figures) -> list[LagView]:
    return [LagView(kind=each.kind, late_seconds=round(each.late_seconds, 1)) for each in figures.lags]
