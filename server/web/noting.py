"""Who did this? What a caller did goes to the audit log in the transaction that does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.web.call import Call
from storage import audit
from storage.transaction import Transaction


async def note(
    tx: Transaction,
    call: Call,
    action: str,
    resource_type: str,
    resource_id: object,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Add the entry. `before` and `after` are the state as far as it changed; None for what was not there."""
    await audit.record(
        tx, actor_kind=call.actor.kind, actor_id=call.actor.id, action=action, resource_type=resource_type,
        resource_id=str(resource_id), before=before, after=after, request_id=call.request_id,
    )  # fmt: skip
