"""Which trial runs in a store, and what came of it so far? Every process counts; here it is added up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal
from uuid import UUID

import msgspec

from server.decisions.own_repo import OwnRuleset
from server.decisions.trials import Guards, Trial
from server.decisions.trials_guard import ArmName, Tally
from storage.transaction import Transaction

End = Literal["ended", "promoted", "tripped"]
"""Ended by somebody, made live, or ended by itself because something is wrong."""

_RUNNING: Final = """
SELECT t.id, t.version_id, t.kind, t.name, v.number, v.hash, t.mode, t.share, t.salt, t.guards::text AS guards,
       v.source, v.attachments::text AS attachments
  FROM ruleset_trials t JOIN ruleset_versions v ON v.store_id = t.store_id AND v.id = t.version_id
 WHERE t.state = 'running'
"""
# The trial's row is locked first, as whoever changes or ends it does: nothing is counted after its end.
_ADD: Final = """
WITH running AS (
    SELECT id, store_id FROM ruleset_trials WHERE id = $1 AND state = 'running' FOR NO KEY UPDATE
), counted AS (
    SELECT * FROM jsonb_to_recordset($2::jsonb) AS n
        (arm text, decided bigint, failed bigint, dropped bigint, refused bigint, differs bigint, items numeric,
         discount numeric, total numeric)
)
INSERT INTO ruleset_trial_counts AS c
    (store_id, trial_id, arm, decided, failed, dropped, refused, differs, items, discount, total)
SELECT r.store_id, r.id, n.arm, n.decided, n.failed, n.dropped, n.refused, n.differs, n.items, n.discount, n.total
  FROM running r, counted n
    ON CONFLICT (store_id, trial_id, arm) DO UPDATE SET
       decided = c.decided + excluded.decided, failed = c.failed + excluded.failed,
       dropped = c.dropped + excluded.dropped, refused = c.refused + excluded.refused,
       differs = c.differs + excluded.differs, items = c.items + excluded.items,
       discount = c.discount + excluded.discount, total = c.total + excluded.total
RETURNING arm, decided, failed, dropped, refused, differs, items, discount, total
"""


async def running(tx: Transaction) -> tuple[Trial, OwnRuleset] | None:
    """The trial that runs in the store, with the text of its version."""
    row = await tx.fetchrow(_RUNNING)
    if row is None:
        return None
    attachments = msgspec.json.decode(row["attachments"], type=dict[str, str])
    tried = OwnRuleset(row["version_id"], row["kind"], row["name"], row["number"], row["source"], attachments)
    trial = Trial(
        id=row["id"], version_id=row["version_id"], kind=row["kind"], name=row["name"], number=row["number"],
        hash=row["hash"], mode=row["mode"], share=row["share"], salt=row["salt"],
        guards=msgspec.json.decode(row["guards"], type=Guards),
    )  # fmt: skip
    return trial, tried


async def add(tx: Transaction, trial_id: UUID, counted: Mapping[ArmName, Tally]) -> dict[ArmName, Tally] | None:
    """Add up what one process counted of both arms; what all of them counted, or None when the trial has ended."""
    rows = await tx.fetch(_ADD, trial_id, _json([{"arm": arm, **_plain(tally)} for arm, tally in counted.items()]))
    return {row["arm"]: Tally(**{name: int(row[name]) for name in Tally.__struct_fields__}) for row in rows} or None


async def close(tx: Transaction, trial_id: UUID, end: End, why: str | None, by: UUID | None) -> bool:
    """End a trial; False when it has ended before. `by` is None for those that end by themselves."""
    return await tx.execute(
        "UPDATE ruleset_trials SET state = $2, end_reason = $3, ended_by = $4, ended_at = now()"
        " WHERE id = $1 AND state = 'running'",
        trial_id, end, why, by,
    ) == 1  # fmt: skip


def _plain(tally: Tally) -> dict[str, int]:
    return {name: getattr(tally, name) for name in Tally.__struct_fields__}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
