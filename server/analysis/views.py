"""How are collections of carts and replays shown?"""

from __future__ import annotations

from typing import Any

import msgspec

from engine.compare.report_model import Report
from server.analysis.schemas import (
    CollectionView,
    ReplayDetailView,
    ReplayView,
    SideView,
    SourceView,
    UnreadableView,
)
from server.analysis.snapshot import Collection, CollectionSource, OrdersSource, Replay, Source
from server.decisions.sides import ChosenSide
from server.decisions.views import ruleset_view


def collection_view(collection: Collection) -> CollectionView:
    """A collection."""
    return CollectionView(
        name=collection.name,
        carts=collection.carts,
        unreadable=collection.unreadable,
        faults=[UnreadableView(line=each.line, code=each.code, message=each.message) for each in collection.faults],
        created_by=collection.created_by,
        created_at=collection.created_at,
    )


def replay_view(replay: Replay) -> ReplayView:
    """A replay as lists show it."""
    return ReplayView(**_fields(replay))


def detail_view(replay: Replay, report: bytes | None) -> ReplayDetailView:
    """A replay with its report (as JSON), when it has one."""
    return ReplayDetailView(**_fields(replay), report=None if report is None else report_view(report))


def report_view(report: bytes) -> Report:
    """What came out, from its JSON."""
    return msgspec.json.decode(report, type=Report)


def _fields(replay: Replay) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.structs.asdict(replay)
    sides = {"before": _side(replay.before), "after": _side(replay.after)}
    return {**fields, **sides, "sources": [_source(source) for source in replay.sources]}


def _side(side: ChosenSide) -> SideView:
    rulesets = [ruleset_view(ruleset) for ruleset in side.rulesets]
    return SideView(base=side.base, at=side.at, chosen=list(side.chosen), rulesets=rulesets)


def _source(source: Source) -> SourceView:
    if isinstance(source, OrdersSource):
        return SourceView(kind="orders", since=source.since, until=source.until, most=source.most)
    if isinstance(source, CollectionSource):
        return SourceView(kind="collection", collection=source.name)
    return SourceView(kind="carts", most=source.most)
