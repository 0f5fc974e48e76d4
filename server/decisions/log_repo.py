"""Which decisions are in the log? A page of them, filtered, newest first.

A rule or a code is looked up in what the worker noted of the log, an order and a customer in the log itself. Values go
in as parameters; the text of a statement is made of our own words alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from server.decisions.repo import HEAD, LoggedLine, Purpose, head_of
from storage.conditions import Conditions
from storage.transaction import Transaction

CODE: Final = "code"
"""What the worker notes a coupon code as, among the kinds of rules."""

_COLUMNS: Final = ", ".join(f"d.{name}" for name in HEAD)
_NOTED: Final = "decision_rules r JOIN decision_log d ON d.store_id = r.store_id AND d.id = r.decision_id"
_HAS: Final = (
    "EXISTS (SELECT FROM decision_rules c"
    " WHERE c.store_id = d.store_id AND c.decision_id = d.id AND c.kind = {kind} AND c.rule = {rule})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines: filters that let everything pass where they are None, and where the page begins.

    `rule` is a kind and the id of a rule, `code` folded, `customer` the account or guest who asked, `order` a number.
    Times are from `since` on and before `before`. Lines come after (`backwards`: before) the one with the time and id
    `beyond`.
    """

    purpose: Purpose | None = None
    cart_id: UUID | None = None
    rule: tuple[str, str] | None = None
    code: str | None = None
    customer: UUID | None = None
    order: int | None = None
    since: datetime | None = None
    before: datetime | None = None
    refused: bool | None = None
    beyond: tuple[datetime, UUID] | None = None
    backwards: bool = False
    most: int = 21


async def lines(tx: Transaction, wanted: Wanted) -> list[LoggedLine]:
    """At most `most` lines, newest first; backwards oldest first. One statement."""
    statement, values = statement_of(wanted)
    return [LoggedLine(**head_of(row)) for row in await tx.fetch(statement, *values)]


def statement_of(wanted: Wanted) -> tuple[str, list[Any]]:
    """The statement that finds these lines, and its parameters."""
    conditions = Conditions()
    noted = [each for each in (wanted.rule, None if wanted.code is None else (CODE, wanted.code)) if each is not None]
    at, entry = ("r.decided_at", "r.decision_id") if noted else ("d.created_at", "d.id")
    if noted:
        conditions.all("r.kind = {} AND r.rule = {}", *noted[0])
    for kind, rule in noted[1:]:
        conditions.written.append(_HAS.format(kind=conditions.parameter(kind), rule=conditions.parameter(rule)))
    conditions.add("d.purpose = {}", wanted.purpose)
    conditions.add("d.cart_id = {}", wanted.cart_id)
    conditions.add("d.actor_id = {}", wanted.customer)
    conditions.add("d.id = (SELECT o.decision_id FROM orders o WHERE o.number = {})", wanted.order)
    conditions.add(f"{at} >= {{}}", wanted.since)
    conditions.add(f"{at} < {{}}", wanted.before)
    if wanted.refused is not None:
        # As a word of the statement, so that the index of refused ones is seen to fit.
        conditions.written.append("d.refused" if wanted.refused else "NOT d.refused")
    if wanted.beyond is not None:
        conditions.all(f"({at}, {entry}) {'>' if wanted.backwards else '<'} ({{}}, {{}})", *wanted.beyond)
    order = "ASC" if wanted.backwards else "DESC"
    statement = (
        f"SELECT {_COLUMNS} FROM {_NOTED if noted else 'decision_log d'} WHERE {conditions.sql}"
        f" ORDER BY {at} {order}, {entry} {order} LIMIT {conditions.parameter(wanted.most)}"
    )
    return statement, conditions.values
