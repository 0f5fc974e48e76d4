"""What do refunds of an order draw on? Its lines, and what earlier refunds and dropped units have taken of them; pure.

How much then goes back for some units is worked out by `engine.lifecycle.refunds`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from engine.lifecycle import refunds as arithmetic
from engine.money.shares import cumulative
from server.payments.snapshot import RefundRow

TAKING: Final = frozenset({"requested", "approved", "gateway_pending", "settled"})
"""Refunds that have a hold on their units; one that failed or was refused has let go of them."""

LineMoney: TypeAlias = arithmetic.LineMoney[UUID]
Basis: TypeAlias = arithmetic.Basis[UUID]
RefundPlan: TypeAlias = arithmetic.RefundPlan[UUID]


class Bought(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is stored: units, money, and how many units were dropped."""

    id: UUID
    sku: str = ""
    is_gift: bool = False
    quantity: int
    gross: int
    dropped: int


def basis_of(total: int, lines: Sequence[Bought], refunds: Iterable[RefundRow], *, paid_at_door: bool) -> Basis:
    """The basis of an order with this total, these lines, and these refunds up to now.

    Units that were dropped from an order that is paid at the door were never paid: nothing of them goes back.
    """
    taking = [each for each in refunds if each.status in TAKING]
    units: Counter[UUID] = Counter()
    shares: Counter[UUID] = Counter()
    for line in (line for each in taking for line in each.lines):
        units[line.line] += line.units
        shares[line.line] += line.share
    return Basis(
        lines=tuple(_line(each, each.dropped if paid_at_door else 0, units, shares) for each in lines),
        rest=total - sum(each.gross for each in lines),
        shipping_taken=sum(each.shipping_amount for each in taking),
        withheld=sum(each.withheld for each in taking),
    )


def unpaid_share(lines: Iterable[Bought]) -> int:
    """What the dropped units of an order cost that is paid only at the door: nobody asks for it there."""
    return sum(cumulative(each.gross, each.quantity, each.dropped) for each in lines)


def _line(bought: Bought, unpaid: int, units: Mapping[UUID, int], shares: Mapping[UUID, int]) -> LineMoney:
    return LineMoney(
        id=bought.id,
        sku="" if bought.is_gift else bought.sku,
        quantity=bought.quantity,
        gross=bought.gross,
        taken_units=min(bought.quantity, units.get(bought.id, 0) + unpaid),
        taken_share=shares.get(bought.id, 0) + cumulative(bought.gross, bought.quantity, unpaid),
    )
