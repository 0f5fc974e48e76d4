"""By what is it told that two accounts are of one person? By mailboxes, telephones, devices, addresses and cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from notifications.subjects import subject
from server.auth.phone_numbers import phone_subject
from server.referrals import invites_repo as repo
from server.referrals.invited import Mark, MarkKind
from storage.transaction import Transaction

_DOTLESS: Final = frozenset({"gmail.com", "googlemail.com"})
"""Where a dot before the @ is no other mailbox."""


async def note(tx: Transaction, user_id: UUID, marks: Sequence[Mark]) -> None:
    """Keep marks of a user; those that are known already change nothing. One statement, or none."""
    if marks:
        await repo.add_marks(tx, user_id, marks)


async def note_people(tx: Transaction, people: Sequence[UUID], country: str) -> None:
    """Keep what the accounts of these users tell of them: their mailbox and telephone, as dialled in `country`."""
    for user_id, email, phone in await repo.contacts(tx, people):
        assert tx.store_id is not None
        found = (
            mark_of("email", mailbox_of(tx.store_id, email)),
            mark_of("phone", phone_subject(tx.store_id, phone, country)),
        )
        await note(tx, user_id, [mark for mark in found if mark is not None])


def mark_of(kind: MarkKind, stand_in: str | None) -> Mark | None:
    """The mark of a stand-in, if there is one."""
    return None if stand_in is None else Mark(kind=kind, mark=stand_in)


def mailbox_of(store_id: UUID, email_folded: str) -> str | None:
    """A stand-in for the mailbox of an address: `ana+shop@` is that of `ana@`, and to some hosts dots mean nothing."""
    local, _, host = email_folded.rpartition("@")
    name = local.partition("+")[0] or local
    if host in _DOTLESS:
        name, host = name.replace(".", ""), "gmail.com"
    return subject(store_id, "email", name, host)


def instrument_of(store_id: UUID, provider: str, fingerprint: str) -> str | None:
    """A stand-in for the card or account that a provider knows by a fingerprint; capital letters are other letters."""
    return subject(store_id, "payment", provider, fingerprint.encode().hex())
