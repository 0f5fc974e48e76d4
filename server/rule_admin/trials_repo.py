"""Where are trials of a store read and written? What running processes ask and count is in server/decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec

from server.decisions.trials import Guards, Mode
from server.decisions.trials_guard import ARMS, ArmName, Tally
from server.rule_admin.snapshot import Version
from storage.ids import new_id
from storage.transaction import Transaction

MOST_LISTED: Final = 100

_TALLY: Final = Tally.__struct_fields__
_TRIALS: Final = """
SELECT t.id, t.version_id, t.kind, t.name, v.number, t.mode, t.share, t.guards::text AS guards, t.state, t.reason,
       t.end_reason, t.started_by, t.started_at, t.ended_by, t.ended_at
  FROM ruleset_trials t JOIN ruleset_versions v ON v.store_id = t.store_id AND v.id = t.version_id
"""


class KnownTrial(msgspec.Struct, frozen=True, kw_only=True):
    """A trial, running or over, as it was written. `share` is of 10,000 customers."""

    id: UUID
    version_id: UUID
    kind: str
    name: str
    number: int
    mode: Mode
    share: int
    guards: Guards
    state: Literal["running", "ended", "promoted", "tripped"]
    reason: str | None
    end_reason: str | None
    started_by: UUID | None
    started_at: datetime
    ended_by: UUID | None
    ended_at: datetime | None


async def start(
    tx: Transaction, version: Version, mode: Mode, share: int, guards: Guards, reason: str | None, by: UUID | None
) -> UUID:
    """A trial that runs from now on; its id. Raises UniqueViolationError while another one runs in the store."""
    trial_id = new_id()
    await tx.execute(
        "INSERT INTO ruleset_trials (id, store_id, version_id, kind, name, mode, share, salt, guards, reason,"
        " started_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11)",
        trial_id, tx.store_id, version.id, version.kind, version.name, mode, share, trial_id.hex, _json(guards), reason,
        by,
    )  # fmt: skip
    return trial_id


async def trials(tx: Transaction) -> list[KnownTrial]:
    """Trials of the store, the newest first, at most MOST_LISTED."""
    rows = await tx.fetch(f"{_TRIALS} ORDER BY t.started_at DESC, t.id DESC LIMIT {MOST_LISTED}")
    return [_trial(row) for row in rows]


async def find(tx: Transaction, trial_id: UUID, *, lock: bool = False) -> KnownTrial | None:
    """A trial, locked when it is to be changed."""
    row = await tx.fetchrow(
        f"{_TRIALS} WHERE t.id = $1" + (" FOR NO KEY UPDATE OF t" if lock else ""), trial_id
    )  # fmt: skip
    return None if row is None else _trial(row)


async def tallies(tx: Transaction, trial_id: UUID) -> dict[ArmName, Tally]:
    """What came of both arms since the share was set."""
    rows = await tx.fetch(
        f"SELECT arm, {', '.join(_TALLY)} FROM ruleset_trial_counts WHERE trial_id = $1", trial_id
    )  # fmt: skip
    found = {row["arm"]: Tally(**{name: int(row[name]) for name in _TALLY}) for row in rows}
    return {arm: found.get(arm, Tally()) for arm in ARMS}


async def set_share(tx: Transaction, trial_id: UUID, share: int) -> bool:
    """Let another share of customers take part, and count anew; False when the trial has ended."""
    is_done = await tx.execute(
        "UPDATE ruleset_trials SET share = $2 WHERE id = $1 AND state = 'running'", trial_id, share
    ) == 1  # fmt: skip
    if is_done:
        await tx.execute("DELETE FROM ruleset_trial_counts WHERE trial_id = $1", trial_id)
    return is_done


def _trial(row: asyncpg.Record) -> KnownTrial:
    values: dict[str, Any] = {name: row[name] for name in KnownTrial.__struct_fields__}
    values["guards"] = msgspec.json.decode(row["guards"], type=Guards)
    return KnownTrial(**values)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
