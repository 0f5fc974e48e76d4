"""Which proof says for which carts two texts differ? Looked up beside a diff; asked for at POST /rulesets/proofs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from storage.transaction import Transaction

_NEWEST: Final = """
SELECT id, state, complete, report::text AS report, created_at FROM proof_jobs
 WHERE task = 'equivalence' AND content_hash = $2 AND before_hash = $1 AND state IN ('waiting', 'running', 'done')
 ORDER BY state = 'done' DESC, created_at DESC, id DESC LIMIT 1
"""


class KnownEquivalence(msgspec.Struct, frozen=True, kw_only=True):
    """The proof, and what came out once it is done."""

    id: UUID
    state: str
    complete: bool
    report: Any
    created_at: datetime


async def newest(tx: Transaction, old_hash: str, new_hash: str) -> KnownEquivalence | None:
    """The newest one for exactly these two texts (sha256 of each), one that is done before others; None: none."""
    row = await tx.fetchrow(_NEWEST, old_hash, new_hash)
    if row is None:
        return None
    report = None if row["report"] is None else msgspec.json.decode(row["report"])
    return KnownEquivalence(**{**dict(row), "report": report})
