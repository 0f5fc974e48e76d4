"""Where are replays read and written? Every change says which state it may come from, and is nothing elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from server.analysis.snapshot import Claimed, Progress, Reached, Replay, Source
from server.decisions.sides import ChosenSide, Side
from storage.ids import new_id
from storage.transaction import Transaction

_COLUMNS: Final = (
    "id, title, (before - 'texts')::text AS before, (after - 'texts')::text AS after, sources::text AS sources, state,"
    " carts, done, error, created_by, created_at, updated_at, ended_at"
)
_ADD: Final = f"""
INSERT INTO replay_jobs (id, store_id, title, before, after, sources, carts, created_by)
VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6::jsonb, $7, $8)
RETURNING {_COLUMNS}
"""
_LIST: Final = f"""
SELECT {_COLUMNS} FROM replay_jobs
 WHERE ($1::timestamptz IS NULL OR (created_at, id) {{after}} ($1, $2::uuid))
 ORDER BY created_at {{order}}, id {{order}}
 LIMIT $3
"""
_FORWARDS: Final = _LIST.format(after="<", order="DESC")
_BACKWARDS: Final = _LIST.format(after=">", order="ASC")
# The oldest first. `tries` counts claims since the last step: one that was killed has made none.
_CLAIM: Final = """
WITH mine AS MATERIALIZED (
    SELECT id FROM replay_jobs
     WHERE state IN ('waiting', 'running') AND (claimed_until IS NULL OR claimed_until <= now())
     ORDER BY updated_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE replay_jobs j SET state = 'running', claimed_until = clock_timestamp() + $1::interval, tries = tries + 1
  FROM mine WHERE j.id = mine.id
RETURNING j.id, j.before::text AS before, j.after::text AS after, j.sources::text AS sources,
          j.reached::text AS reached, j.found, j.carts, j.done, j.tries, j.claimed_until
"""
_OURS: Final = "id = $1 AND state = 'running' AND claimed_until = $2"
_STEP: Final = f"""
UPDATE replay_jobs
   SET reached = $3::jsonb, found = $4, done = $5, carts = greatest(carts, $5), tries = 0,
       claimed_until = CASE WHEN $6 THEN clock_timestamp() + $7::interval END
 WHERE {_OURS}
RETURNING coalesce(claimed_until, now()) AS claimed_until
"""


class Wanted(NamedTuple):
    """Which replays: from the time and id after which (`backwards`: before which) they begin, so many at most."""

    beyond: tuple[datetime, UUID] | None
    backwards: bool
    most: int


async def add(
    tx: Transaction, title: str, before: Side, after: Side, sources: Sequence[Source], carts: int, by: UUID | None
) -> Replay:
    """A replay that waits."""
    row = await tx.fetchrow(
        _ADD, new_id(), tx.store_id, title, _json(before), _json(after), _json(list(sources)), carts, by
    )
    assert row is not None
    return _replay(row)


async def find(tx: Transaction, replay_id: UUID) -> Replay | None:
    """One replay."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM replay_jobs WHERE id = $1", replay_id)
    return None if row is None else _replay(row)


async def find_page(tx: Transaction, wanted: Wanted) -> list[Replay]:
    """At most `most` replays, the newest first; backwards the oldest first."""
    at, after_id = wanted.beyond or (None, None)
    statement = _BACKWARDS if wanted.backwards else _FORWARDS
    return [_replay(row) for row in await tx.fetch(statement, at, after_id, wanted.most)]


async def report(tx: Transaction, replay_id: UUID) -> bytes | None:
    """The report as JSON; None when there is none."""
    found = await tx.fetchval("SELECT report::text FROM replay_jobs WHERE id = $1", replay_id)
    return None if found is None else str(found).encode()


async def progress(tx: Transaction, replay_id: UUID) -> Progress | None:
    """How far it is; None when it was deleted."""
    row = await tx.fetchrow("SELECT state, done, carts, error FROM replay_jobs WHERE id = $1", replay_id)
    return None if row is None else Progress(**dict(row))


async def count_open(tx: Transaction) -> int:
    """How many have not ended, paused ones too. Whoever asks waits for others who add one."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 45))", str(tx.store_id))
    return int(await tx.fetchval("SELECT count(*) FROM replay_jobs WHERE ended_at IS NULL"))


async def cancel(tx: Transaction, replay_id: UUID) -> bool:
    """End one that has not ended, and forget what it found; False when it has."""
    return await tx.execute(
        "UPDATE replay_jobs SET state = 'cancelled', ended_at = now(), claimed_until = NULL, reached = NULL,"
        " found = NULL WHERE id = $1 AND state IN ('waiting', 'running', 'paused')",
        replay_id,
    ) == 1  # fmt: skip


async def pause(tx: Transaction, replay_id: UUID) -> bool:
    """Let nobody go on with one that waits or runs; False for any other."""
    return await tx.execute(
        "UPDATE replay_jobs SET state = 'paused', claimed_until = NULL"
        " WHERE id = $1 AND state IN ('waiting', 'running')",
        replay_id,
    ) == 1  # fmt: skip


async def resume(tx: Transaction, replay_id: UUID) -> bool:
    """Let one go on that was paused or has failed, from where it was; False for any other."""
    return await tx.execute(
        "UPDATE replay_jobs SET state = 'waiting', error = NULL, ended_at = NULL, tries = 0, claimed_until = NULL"
        " WHERE id = $1 AND state IN ('paused', 'failed')",
        replay_id,
    ) == 1  # fmt: skip


async def delete(tx: Transaction, replay_id: UUID) -> bool:
    """Throw one away that no worker may have; False for any other."""
    return await tx.execute(
        "DELETE FROM replay_jobs WHERE id = $1 AND state NOT IN ('waiting', 'running')", replay_id
    ) == 1  # fmt: skip


async def claim(tx: Transaction, silent: timedelta) -> Claimed | None:
    """Take the oldest replay that nobody has; others may take it when nothing is heard of it for so long."""
    row = await tx.fetchrow(_CLAIM, silent)
    if row is None:
        return None
    reached = Reached() if row["reached"] is None else msgspec.json.decode(row["reached"], type=Reached)
    return Claimed(**{**dict(row), "sources": _sources(row["sources"]), "reached": reached})


async def step(
    tx: Transaction, claimed: Claimed, reached: Reached, found: bytes | None, done: int, silent: timedelta | None
) -> datetime | None:
    """Write down how far it is and what was found up to there; the new token, None when it is no longer ours.

    `silent` is as for `claim`; None gives it back.
    """
    return await tx.fetchval(  # type: ignore[no-any-return]  # asyncpg knows no types of columns
        _STEP, claimed.id, claimed.claimed_until, _json(reached), found, done, silent is not None, silent
    )


async def give_back(tx: Transaction, claimed: Claimed) -> bool:
    """Let others have it at once; False when it is no longer ours."""
    statement = f"UPDATE replay_jobs SET claimed_until = NULL WHERE {_OURS}"
    return await tx.execute(statement, claimed.id, claimed.claimed_until) == 1


async def finish(tx: Transaction, claimed: Claimed, found: str) -> bool:
    """The end, with the report as JSON; False when it is no longer ours."""
    return await tx.execute(
        "UPDATE replay_jobs SET state = 'done', report = $3::jsonb, carts = done, ended_at = now(), found = NULL,"
        f" reached = NULL, claimed_until = NULL WHERE {_OURS}",
        claimed.id, claimed.claimed_until, found,
    ) == 1  # fmt: skip


async def fail(tx: Transaction, claimed: Claimed, why: str) -> bool:
    """The end of one that cannot go on; False when it is no longer ours."""
    return await tx.execute(
        "UPDATE replay_jobs SET state = 'failed', error = $3, ended_at = now(), claimed_until = NULL"
        f" WHERE {_OURS}",
        claimed.id, claimed.claimed_until, why,
    ) == 1  # fmt: skip


def _replay(row: asyncpg.Record) -> Replay:
    values: dict[str, Any] = dict(row)
    for side in ("before", "after"):
        values[side] = msgspec.json.decode(values[side], type=ChosenSide)
    values["sources"] = _sources(values["sources"])
    return Replay(**values)


def _sources(text: str) -> tuple[Source, ...]:
    return msgspec.json.decode(text, type=tuple[Source, ...])


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
