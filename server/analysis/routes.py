"""The addresses of collections of carts and of replays."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

from engine.compare.html import html_report
from engine.compare.report_model import Report
from server.analysis import collections, replays
from server.analysis.errors import (
    COLLECTION_TOO_LARGE,
    COLLECTION_UNKNOWN,
    COLLECTION_UNREADABLE,
    COLLECTIONS_TOO_MANY,
    REPLAY_NOT_DONE,
    REPLAY_OVER,
    REPLAY_RUNNING,
    REPLAY_SOURCE_INVALID,
    REPLAY_UNKNOWN,
    REPLAYS_TOO_MANY,
)
from server.analysis.replays_repo import Wanted
from server.analysis.schemas import (
    CollectionPath,
    CollectionsView,
    CollectionView,
    NewReplayBody,
    ReplayDetailView,
    ReplayPath,
    ReplaysQuery,
    ReplayView,
)
from server.analysis.snapshot import ENDED, Replay
from server.analysis.views import collection_view, detail_view, replay_view, report_view
from server.decisions.errors import MIX_FAULTY, MIX_INVALID, MIX_UNKNOWN, RULES_MISSING
from server.web.call import Call
from server.web.endpoint import Raw, Reply, Routes, Stream, Upload
from server.web.events import EVENTS, events_of
from server.web.pages import Page, Position, page, position

NEEDS: Final = "decisions.dry_run"
NDJSON: Final = "application/x-ndjson"

_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The page brings its styles along, and nothing else: no scripts, no pictures but those drawn in it."""

routes = Routes("Analysis")


@routes.get("/analysis/collections", needs=NEEDS)
async def list_cart_collections(call: Call) -> CollectionsView:
    """Carts that were uploaded to try rulesets on."""
    return CollectionsView(items=[collection_view(each) for each in await collections.all_of(call)])


@routes.get("/analysis/collections/{collection}", needs=NEEDS, errors=(COLLECTION_UNKNOWN,))
async def read_cart_collection(call: Call, path: CollectionPath) -> CollectionView:
    """How many carts a collection has, and which lines of its file were none."""
    return collection_view(await collections.find(call, path.collection))


@routes.put(
    "/analysis/collections/{collection}",
    needs=NEEDS,
    errors=(COLLECTION_UNREADABLE, COLLECTION_TOO_LARGE, COLLECTIONS_TOO_MANY),
    uploads=(NDJSON,),
    upload_limit_bytes=collections.LARGEST_FILE,
)
async def put_cart_collection(call: Call, path: CollectionPath, upload: Upload) -> CollectionView:
    """Upload carts, one on each line: the body of a dry run, and an `id` to find it by if you like.

    Lines that cannot be read are counted and told, the others are kept. What the collection had before is replaced as
    a whole.
    """
    return collection_view(await collections.put(call, path.collection, upload.content))


@routes.delete("/analysis/collections/{collection}", needs=NEEDS, errors=(COLLECTION_UNKNOWN,))
async def delete_cart_collection(call: Call, path: CollectionPath) -> None:
    """Throw a collection away. Reports of replays stay."""
    await collections.delete(call, path.collection)


@routes.post(
    "/analysis/replays",
    needs=NEEDS,
    errors=(
        RULES_MISSING, MIX_INVALID, MIX_UNKNOWN, MIX_FAULTY, REPLAY_SOURCE_INVALID, COLLECTION_UNKNOWN,
        REPLAYS_TOO_MANY,
    ),
    status=201,
)  # fmt: skip
async def start_replay(call: Call, body: NewReplayBody) -> Reply[ReplayView]:
    """Compare two rule books on many carts, in the background.

    Both mean for ever what they mean now, drafts too. Besides `decisions.dry_run` all that has to do with replays needs
    `rules.read`.
    """
    made = await replays.create(call, body)
    return Reply(replay_view(made), headers={"Location": f"/api/v1/analysis/replays/{made.id}"})


@routes.get("/analysis/replays", needs=NEEDS)
async def list_replays(call: Call, query: ReplaysQuery) -> Reply[Page[ReplayView]]:
    """Replays, the newest first."""
    at = position(call, query)
    return page(call, query, at, await replays.find_page(call, _wanted(at)), _keys, replay_view)


@routes.get("/analysis/replays/{replay_id}", needs=NEEDS, errors=(REPLAY_UNKNOWN,))
async def read_replay(call: Call, path: ReplayPath) -> ReplayDetailView:
    """How far a replay is, and once it is done who pays less or more, and why."""
    return detail_view(*await replays.find_with_report(call, path.replay_id))


@routes.get("/analysis/replays/{replay_id}/events", needs=NEEDS, errors=(REPLAY_UNKNOWN,), raw_types=(EVENTS,))
async def watch_replay(call: Call, path: ReplayPath) -> Stream:
    """How far a replay is, as server-sent events, until it has ended.

    Events are called `progress`, the last one `done`, `failed` or `cancelled`; each has `state`, `done`, `carts` and
    `error`, and the number of carts that are done for its id. A connection lasts ten minutes at most.
    """
    await replays.find(call, path.replay_id)
    return Stream(events_of(lambda: replays.progress(call, path.replay_id), ENDED), EVENTS)


@routes.get("/analysis/replays/{replay_id}/report.json", needs=NEEDS, errors=(REPLAY_UNKNOWN, REPLAY_NOT_DONE))
async def read_replay_report(call: Call, path: ReplayPath) -> Report:
    """Who pays more or less, how much, and because of which line of which ruleset."""
    return report_view((await replays.titled_report(call, path.replay_id))[1])


@routes.get(
    "/analysis/replays/{replay_id}/report.html",
    needs=NEEDS,
    errors=(REPLAY_UNKNOWN, REPLAY_NOT_DONE),
    raw_types=("text/html",),
)
async def read_replay_page(call: Call, path: ReplayPath) -> Raw:
    """The report as a page with charts: one file, to be kept, sent around and printed."""
    title, report = await replays.titled_report(call, path.replay_id)
    shown = await asyncio.to_thread(html_report, report_view(report), title)
    return Raw(shown.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": _PAGE_POLICY})


@routes.post("/analysis/replays/{replay_id}/cancel", needs=NEEDS, errors=(REPLAY_UNKNOWN, REPLAY_OVER))
async def cancel_replay(call: Call, path: ReplayPath) -> ReplayView:
    """End a replay for good. What it found is forgotten."""
    return replay_view(await replays.cancel(call, path.replay_id))


@routes.post("/analysis/replays/{replay_id}/pause", needs=NEEDS, errors=(REPLAY_UNKNOWN, REPLAY_OVER))
async def pause_replay(call: Call, path: ReplayPath) -> ReplayView:
    """Let a replay rest. It keeps what it found."""
    return replay_view(await replays.pause(call, path.replay_id))


@routes.post("/analysis/replays/{replay_id}/resume", needs=NEEDS, errors=(REPLAY_UNKNOWN, REPLAY_OVER))
async def resume_replay(call: Call, path: ReplayPath) -> ReplayView:
    """Let a replay go on that was paused, or has failed, from where it was."""
    return replay_view(await replays.resume(call, path.replay_id))


@routes.delete("/analysis/replays/{replay_id}", needs=NEEDS, errors=(REPLAY_UNKNOWN, REPLAY_RUNNING))
async def delete_replay(call: Call, path: ReplayPath) -> None:
    """Throw a replay away with its report. One that waits or runs has to be cancelled first."""
    await replays.delete(call, path.replay_id)


def _wanted(at: Position) -> Wanted:
    beyond = None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1]))
    return Wanted(beyond, at.backwards, at.limit + 1)


def _keys(replay: Replay) -> tuple[str, str]:
    return replay.created_at.isoformat(), str(replay.id)
