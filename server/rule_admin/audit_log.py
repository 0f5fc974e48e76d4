"""Who did what in the store? Read as it was written, for those who look after people."""

from __future__ import annotations

from server.rule_admin import audit_repo
from server.rule_admin.audit_repo import AuditEntry, WantedEntries
from server.web.call import Call
from storage.transaction import Transaction


async def list_entries(call: Call, wanted: WantedEntries) -> list[AuditEntry]:
    """Entries of the audit log in the order that is wanted."""

    async def work(tx: Transaction) -> list[AuditEntry]:
        return await audit_repo.entries(tx, wanted)

    return await call.database.transaction(call.store.id, work)
