"""How is a signal shown, and what it saw? Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from engine.documents.model.signals import SignalEffect
from engine.signals import Effect
from engine.signals.explain import seen_text
from server.decisions.instants import instant_of
from server.signals.finding import Told
from server.signals.firing import Watch
from server.signals.firings_repo import Counts
from server.signals.schemas import (
    EffectView,
    FiringDetailView,
    FiringView,
    RulesetView,
    SameView,
    SeenEventView,
    SignalsView,
    SignalView,
    TriedFiringView,
    TriedSignalView,
    TriedView,
)
from server.signals.snapshot import DoneEffect, KeptEvent, Ruleset, StoredFiring
from server.signals.trying import Tried


def signals_view(watch: Watch | None, counts: Mapping[str, Counts]) -> SignalsView:
    """The live signals."""
    if watch is None:
        return SignalsView(ruleset=None, signals=[])
    return SignalsView(
        ruleset=_ruleset(watch.ruleset),
        signals=[
            SignalView(
                id=signal.id, summary=signal.summary, looks_for=seen_text(signal),
                does=[_does(effect) for effect in signal.then], last_fired_at=fired.last_fired_at,
                fired_last_day=fired.day, fired_last_30_days=fired.month,
            )
            for signal in watch.program.signals
            for fired in [counts.get(signal.id, Counts())]
        ],
    )  # fmt: skip


def firing_view(firing: StoredFiring) -> FiringView:
    """A firing in a list."""
    return FiringView(**_firing(firing))


def detail_view(firing: StoredFiring, events: Sequence[KeptEvent]) -> FiringDetailView:
    """A firing with all that made it."""
    kept = {event.id: event for event in events}
    return FiringDetailView(
        **_firing(firing),
        same=[SameView(fact=fact, value=value) for fact, value in firing.same.items()],
        events=[
            SeenEventView(
                id=event_id, name=None if event is None else event.name,
                at=None if event is None else event.occurred_at, order_number=_order_number(event),
            )
            for event_id in firing.events
            for event in [kept.get(event_id)]
        ],
        explanation=list(firing.explanation),
    )  # fmt: skip


def tried_view(tried: Tried) -> TriedView:
    """What signals would have seen."""
    found = tried.found
    return TriedView(
        ruleset=_ruleset(tried.watch.ruleset),
        events=found.events,
        is_complete=tried.is_complete,
        signals=[
            TriedSignalView(
                id=signal.id, tried=signal.id in found.firings, firings=found.firings.get(signal.id, 0),
                held_orders=found.held.get(signal.id, 0),
            )
            for signal in tried.watch.program.signals
        ],
        firings=[_tried(told, tried) for told in found.newest],
    )  # fmt: skip


def _tried(told: Told, tried: Tried) -> TriedFiringView:
    firing, about = told.firing, dict(told.firing.about)
    return TriedFiringView(
        signal=firing.signal, at=instant_of(firing.at), events=[UUID(each) for each in firing.events],
        order_id=about.get("order"), customer_id=about.get("customer"),
        effects=[_effect(each) for each in firing.effects], explanation=list(told.explanation),
        fired=firing.key in tried.kept,
    )  # fmt: skip


def _firing(firing: StoredFiring) -> dict[str, Any]:
    number = firing.order_number
    return {
        "id": firing.id, "signal": firing.signal, "at": firing.fired_at, "seen_at": firing.seen_at,
        "ruleset": _ruleset(firing.ruleset), "order_id": firing.order_id,
        "order_number": None if number is None else str(number), "cart_id": firing.cart_id,
        "customer_id": firing.customer_id, "effects": [_effect(each) for each in firing.effects],
    }  # fmt: skip


def _effect(effect: DoneEffect | Effect) -> EffectView:
    why_not = effect.why_not if isinstance(effect, DoneEffect) else ""
    return EffectView(
        kind=effect.kind,  # type: ignore[arg-type]  # kept as it was written by the ruleset
        name=effect.name or None,
        target=effect.target,  # type: ignore[arg-type]  # the same
        target_id=effect.target_id or None,
        why_not=why_not or None,
    )


def _ruleset(ruleset: Ruleset) -> RulesetView:
    return RulesetView(**msgspec.structs.asdict(ruleset))


def _does(effect: SignalEffect) -> str:
    return f"{effect.kind} {effect.name}"


def _order_number(event: KeptEvent | None) -> str | None:
    if event is None:
        return None
    found = msgspec.json.decode(event.payload, type=dict[str, Any]).get("order_number")
    return None if found is None else str(found)
