"""How are codes made up that nobody guesses, and that look like no other code of the store?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from engine.facts.words import fold_code
from server.decisions.books import LiveBook
from server.referrals import repo
from server.referrals.codes import skeleton, unguessable
from server.referrals.issued import NewCodes
from storage.transaction import Transaction

LENGTH: Final = 12
"""Random characters of a code nobody chose: of 23 letters, 54 bits."""


def written_codes(live: LiveBook) -> Mapping[str, str]:
    """The codes the rule book has, folded, by skeleton."""
    return {} if live.book.coupons is None else {skeleton(code): code for code in live.book.coupons.by_code}


async def issue_random(
    tx: Transaction, live: LiveBook, common: NewCodes, count: int = 1, prefix: str = "", length: int = LENGTH
) -> dict[str, UUID]:
    """Ids by code. Those that are there already, hardly ever one, are left out and made up for."""
    written = written_codes(live)
    issued: dict[str, UUID] = {}
    while len(issued) < count:
        made = {fold_code(code) for code in unguessable(count - len(issued), prefix, length)}
        issued |= await repo.issue(tx, [code for code in made if skeleton(code) not in written], common)
    return issued
