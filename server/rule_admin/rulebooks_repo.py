"""Where is a whole rule book read and written?"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from server.rule_admin.rulebooks_given import Given
from storage.ids import new_id
from storage.transaction import Transaction


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A draft to be made, with what it takes the place of."""

    given: Given
    based_on: UUID | None


async def highest_numbers(tx: Transaction) -> dict[tuple[str, str], int]:
    """The highest published number of each ruleset, by kind and name."""
    rows = await tx.fetch(
        "SELECT kind, name, max(number) AS number FROM ruleset_versions WHERE number IS NOT NULL GROUP BY kind, name"
    )
    return {(row["kind"], row["name"]): row["number"] for row in rows}


async def add_drafts(tx: Transaction, begun: Sequence[Begun], by: UUID | None) -> list[UUID]:
    """New drafts; their ids in the same order."""
    ids = [new_id() for _ in begun]
    rows = [
        {
            "id": draft_id, "kind": each.given.kind, "name": each.given.name, "source": each.given.content.source,
            "attachments": each.given.content.attachments, "content_hash": each.given.content.hash,
            "based_on": each.based_on,
        }
        for draft_id, each in zip(ids, begun, strict=True)
    ]  # fmt: skip
    await tx.execute(
        "INSERT INTO ruleset_versions (id, store_id, kind, name, source, attachments, content_hash, based_on,"
        " created_by, updated_by) SELECT id, $1, kind, name, source, attachments, content_hash, based_on, $3, $3"
        " FROM jsonb_to_recordset($2::jsonb) AS draft (id uuid, kind text, name text, source text, attachments jsonb,"
        " content_hash text, based_on uuid)",
        tx.store_id, msgspec.json.encode(rows).decode(), by,
    )  # fmt: skip
    return ids
