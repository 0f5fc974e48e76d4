"""Which tags does a customer have? Those that the ruleset derives follow from it; each change is on the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from server.signals import tags_repo
from server.signals.snapshot import uuid_of
from storage import audit
from storage.transaction import Transaction

GONE: Final = "the customer is gone"


async def follow(tx: Transaction, tags: Mapping[str, Mapping[str, bool]]) -> None:
    """Give every customer the tags that are true, and take those that are not."""
    for customer, has in tags.items():
        customer_id = uuid_of(customer)
        if customer_id is not None:
            given = [tag for tag, holds in has.items() if holds]
            taken = [tag for tag, holds in has.items() if not holds]
            await _change(tx, customer_id, given, taken, because="derived")


async def tag(tx: Transaction, customer: str, name: str, *, has: bool, signal: str) -> str:
    """Give one customer a tag, or take it; why that was not possible, "" when it is so."""
    customer_id = uuid_of(customer)
    if customer_id is None:
        return GONE
    given, taken = ([name], []) if has else ([], [name])
    if await _change(tx, customer_id, given, taken, because=signal) or await tags_repo.is_there(tx, customer_id):
        return ""
    return GONE


async def _change(tx: Transaction, customer_id: UUID, given: list[str], taken: list[str], *, because: str) -> bool:
    changed = await tags_repo.change(tx, customer_id, add=given, remove=taken)
    if changed is None:
        return False
    before, after = changed
    await audit.record(
        tx, actor_kind="system", actor_id=None, action="customers.tagged", resource_type="user",
        resource_id=str(customer_id), before={"tags": before}, after={"tags": after, "because": because},
        request_id=None,
    )  # fmt: skip
    return True
