"""How much goes back for some units of a line? Worked out from what was agreed, never from the rules of today; pure.

What a line cost is spread over its units (semantics, section 2). A refund gives what the units up to now come to, less
what earlier ones gave (section 11): so however units come back, one by one or at once, together they are the line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from engine.documents.model.orders import ShippingOnPartial
from engine.money import allocate
from server.orders.shares import cumulative
from server.payments.snapshot import RefundLine, RefundRow

TAKING: Final = frozenset({"requested", "approved", "gateway_pending", "settled"})
"""Refunds that have a hold on their units; one that failed or was refused has let go of them."""


class LineMoney(msgspec.Struct, frozen=True, kw_only=True):
    """What a line cost, and what of it is taken: units that refunds are for, or that were dropped and never paid.

    `sku` is empty for gifts: no customer put them into the cart.
    """

    id: UUID
    sku: str = ""
    quantity: int
    gross: int
    taken_units: int
    taken_share: int

    @property
    def left_units(self) -> int:
        """Units that nothing was given back for."""
        return self.quantity - self.taken_units

    def left_share(self, units: int) -> int:
        """What the units cost that are left when so many more are given back."""
        return self.gross - self.taken_share - share_of(self, units)


class Bought(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it is stored: units, money, and how many units were dropped."""

    id: UUID
    sku: str = ""
    is_gift: bool = False
    quantity: int
    gross: int
    dropped: int


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """An order's money as refunds see it. `rest` is what the total has besides the lines: shipping with its tax, and
    cash rounding, so it may be a few units below zero. `shipping_taken` of it went back already. `withheld` was kept
    of earlier refunds because what stayed had lost a discount.
    """

    lines: tuple[LineMoney, ...]
    rest: int
    shipping_taken: int
    withheld: int = 0

    @property
    def shipping_left(self) -> int:
        """What of shipping could still go back."""
        return max(0, self.rest - self.shipping_taken)


class RefundPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a refund gives back: the lines' amounts and shipping sum to `amount`, unless it is for neither.

    `is_everything`: with it nothing of value is left with the customer. `withheld` is kept of what the units cost,
    because what stays has lost a discount; below zero: it goes back, because that is no longer so.
    """

    lines: tuple[RefundLine, ...]
    shipping: int
    amount: int
    is_everything: bool
    withheld: int = 0


def share_of(line: LineMoney, units: int) -> int:
    """What the next so many units cost, after those that are taken."""
    return max(0, cumulative(line.gross, line.quantity, line.taken_units + units) - line.taken_share)


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


def plan(
    basis: Basis,
    units: Mapping[UUID, int],
    *,
    shipping: bool | None,
    policy: ShippingOnPartial,
    amount: int | None = None,
    lost: int = 0,
) -> RefundPlan:
    """What to give back for so many units by line id, of which there must be as many left.

    `lost` is what the units that stay would have cost more without the others; it is kept, less what was kept before.
    `shipping`: with what is left of it, without, or (None) as is due: all of it once everything has come back, else by
    the policy. An `amount` below what that comes to is spread over it; without units and shipping it stands for itself.
    Raises ValueError for one above.
    """
    shares = {line.id: share_of(line, units[line.id]) for line in basis.lines if units.get(line.id)}
    # Gifts may stay, unless there was nothing else.
    of_value = [line for line in basis.lines if line.gross > 0] or basis.lines
    is_everything = bool(shares) and all(line.left_units == units.get(line.id, 0) for line in of_value)
    back = _shipping(basis, shares, shipping, policy, is_everything)
    if amount is not None and not shares and not back:
        return RefundPlan(lines=(), shipping=0, amount=amount, is_everything=False)
    # No more is kept than the goods cost that come back now; what is still lost then is kept of those that come later.
    withheld = min(lost - basis.withheld, sum(shares.values())) if shares else 0
    due = max(0, sum(shares.values()) + back + (min(0, basis.rest) if is_everything else 0) - withheld)
    if amount is not None and amount > due:
        raise ValueError(f"{amount} is more than the {due} these units and shipping come to")
    return _spread(units, shares, back, due if amount is None else amount, is_everything, withheld)


def everything(basis: Basis, left: int) -> RefundPlan:
    """All that is left of a payment, spread over the units and the shipping that are left, as far as there are any."""
    units = {line.id: line.left_units for line in basis.lines if line.left_units}
    shares = {line.id: share_of(line, units[line.id]) for line in basis.lines if line.id in units}
    if not any(shares.values()) and not basis.shipping_left:
        return RefundPlan(lines=(), shipping=0, amount=left, is_everything=True)
    return _spread(units, shares, basis.shipping_left, left, True)


def _line(bought: Bought, unpaid: int, units: Mapping[UUID, int], shares: Mapping[UUID, int]) -> LineMoney:
    return LineMoney(
        id=bought.id,
        sku="" if bought.is_gift else bought.sku,
        quantity=bought.quantity,
        gross=bought.gross,
        taken_units=min(bought.quantity, units.get(bought.id, 0) + unpaid),
        taken_share=shares.get(bought.id, 0) + cumulative(bought.gross, bought.quantity, unpaid),
    )


def _shipping(
    basis: Basis, shares: Mapping[UUID, int], wanted: bool | None, policy: ShippingOnPartial, is_everything: bool
) -> int:
    if wanted is not None:
        return basis.shipping_left if wanted else 0
    if is_everything:
        return basis.shipping_left
    value = sum(line.gross for line in basis.lines)
    if policy == "keep" or not shares or value == 0:
        return 0
    # Cumulative, as for units: what all that came back up to now deserves, less what went back.
    came_back = sum(line.taken_share for line in basis.lines) + sum(shares.values())
    return min(basis.shipping_left, max(0, basis.rest * came_back // value - basis.shipping_taken))


def _spread(
    units: Mapping[UUID, int],
    shares: Mapping[UUID, int],
    shipping: int,
    amount: int,
    all_of_it: bool,
    withheld: int = 0,
) -> RefundPlan:
    whole = [*_goods(units, shares, withheld), shipping]
    parts = whole if sum(whole) == amount else allocate(amount, whole)
    lines = tuple(
        RefundLine(line=line, units=units[line], share=share, amount=part)
        for (line, share), part in zip(shares.items(), parts, strict=False)
    )
    return RefundPlan(lines=lines, shipping=parts[-1], amount=amount, is_everything=all_of_it, withheld=withheld)


def _goods(units: Mapping[UUID, int], shares: Mapping[UUID, int], withheld: int) -> list[int]:
    """What goes back for each line: what is kept, or comes back, for a lost discount leaves shipping alone."""
    if not withheld:
        return [*shares.values()]
    # What was kept before comes back also with units that cost nothing.
    weights = [*shares.values()] if any(shares.values()) else [units[line] for line in shares]
    return allocate(sum(shares.values()) - withheld, weights)
