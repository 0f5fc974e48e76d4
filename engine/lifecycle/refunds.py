"""How much goes back for some units? Worked out from what was agreed, never from the rules of today.

What a line cost is spread over its units (semantics, section 2). A refund gives what the units up to now come to, less
what earlier ones gave (section 11): so however units come back, one by one or at once, together they are the line.
Lines are named by whatever the caller names them by.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

import msgspec

from engine.documents.model.orders import ShippingOnPartial
from engine.money import allocate
from engine.money.shares import cumulative

Id = TypeVar("Id", bound=Hashable)


class LineMoney(msgspec.Struct, Generic[Id], frozen=True, kw_only=True):
    """What a line cost, and what of it is taken: units that refunds are for, or that were dropped and never paid.

    `sku` is empty for gifts: no customer put them into the cart.
    """

    id: Id
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


class Basis(msgspec.Struct, Generic[Id], frozen=True, kw_only=True):
    """An order's money as refunds see it. `rest` is what the total has besides the lines: shipping with its tax, and
    cash rounding, so it may be a few units below zero. `shipping_taken` of it went back already. `withheld` was kept
    of earlier refunds because what stayed had lost a discount.
    """

    lines: tuple[LineMoney[Id], ...]
    rest: int
    shipping_taken: int
    withheld: int = 0

    @property
    def shipping_left(self) -> int:
        """What of shipping could still go back."""
        return max(0, self.rest - self.shipping_taken)


class RefundLine(msgspec.Struct, Generic[Id], frozen=True, kw_only=True):
    """Units of a line that a refund is for: `share` is what they were bought for, `amount` what of it goes back."""

    line: Id
    units: int
    share: int
    amount: int


class RefundPlan(msgspec.Struct, Generic[Id], frozen=True, kw_only=True):
    """What a refund gives back: the lines' amounts and shipping sum to `amount`, unless it is for neither.

    `is_everything`: with it nothing but gifts is left with the customer. `withheld` is kept of what the units cost,
    because what stays has lost a discount; below zero: it goes back, because that is no longer so.
    """

    lines: tuple[RefundLine[Id], ...]
    shipping: int
    amount: int
    is_everything: bool
    withheld: int = 0


def share_of(line: LineMoney[Id], units: int) -> int:
    """What the next so many units cost, after those that are taken."""
    return max(0, cumulative(line.gross, line.quantity, line.taken_units + units) - line.taken_share)


def lost(basis: Basis[Id], units: Mapping[Id, int], cost: int) -> int:
    """What the units that stay lose when these come back: they would have `cost` that much alone; never below 0."""
    agreed = sum(line.left_share(units.get(line.id, 0)) for line in basis.lines if line.sku)
    return max(0, cost - agreed)


def plan(
    basis: Basis[Id],
    units: Mapping[Id, int],
    *,
    shipping: bool | None,
    policy: ShippingOnPartial,
    amount: int | None = None,
    lost: int = 0,
) -> RefundPlan[Id]:
    """What to give back for so many units by line id, of which there must be as many left.

    `lost` is what the units that stay would have cost more without the others; it is kept, less what was kept before.
    `shipping`: with what is left of it, without, or (None) as is due: all of it once everything has come back, else by
    the policy. An `amount` below what that comes to is spread over it; without units and shipping it stands for itself.
    Raises ValueError for one above.
    """
    shares = {line.id: share_of(line, units[line.id]) for line in basis.lines if units.get(line.id)}
    # Gifts may stay, unless there was nothing else; what an offer made free was ordered like all the rest.
    ordered = [line for line in basis.lines if line.gross > 0 or line.sku] or basis.lines
    is_everything = bool(shares) and all(line.left_units == units.get(line.id, 0) for line in ordered)
    back = _shipping(basis, shares, shipping, policy, is_everything)
    if amount is not None and not shares and not back:
        return RefundPlan(lines=(), shipping=0, amount=amount, is_everything=False)
    # No more is kept than the goods cost that come back now; what is still lost then is kept of those that come later.
    withheld = min(lost - basis.withheld, sum(shares.values())) if shares else 0
    due = max(0, sum(shares.values()) + back + _rounded(basis, units, shares) - withheld)
    if amount is not None and amount > due:
        raise ValueError(f"{amount} is more than the {due} these units and shipping come to")
    return _spread(units, shares, back, due if amount is None else amount, is_everything, withheld)


def everything(basis: Basis[Id], left: int) -> RefundPlan[Id]:
    """All that is left of a payment, spread over the units and the shipping that are left, as far as there are any."""
    units = {line.id: line.left_units for line in basis.lines if line.left_units}
    shares = {line.id: share_of(line, units[line.id]) for line in basis.lines if line.id in units}
    if not any(shares.values()) and not basis.shipping_left:
        return RefundPlan(lines=(), shipping=0, amount=left, is_everything=True)
    return _spread(units, shares, basis.shipping_left, left, True)


def after(basis: Basis[Id], refund: RefundPlan[Id]) -> Basis[Id]:
    """The basis once that refund has been let go."""
    back = {line.line: line for line in refund.lines}
    return msgspec.structs.replace(
        basis,
        lines=tuple(_taken(line, back.get(line.id)) for line in basis.lines),
        shipping_taken=basis.shipping_taken + refund.shipping,
        withheld=basis.withheld + refund.withheld,
    )


def _taken(line: LineMoney[Id], back: RefundLine[Id] | None) -> LineMoney[Id]:
    if back is None:
        return line
    return msgspec.structs.replace(
        line, taken_units=line.taken_units + back.units, taken_share=line.taken_share + back.share
    )


def _rounded(basis: Basis[Id], units: Mapping[Id, int], shares: Mapping[Id, int]) -> int:
    """What a total that was rounded down in cash was less than its parts, where the last of their value comes back."""
    takes_the_last = any(shares.values()) and not any(line.left_share(units.get(line.id, 0)) for line in basis.lines)
    return min(0, basis.rest) if takes_the_last else 0


def _shipping(
    basis: Basis[Id], shares: Mapping[Id, int], wanted: bool | None, policy: ShippingOnPartial, is_everything: bool
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
    units: Mapping[Id, int],
    shares: Mapping[Id, int],
    shipping: int,
    amount: int,
    all_of_it: bool,
    withheld: int = 0,
) -> RefundPlan[Id]:
    whole = [*_goods(units, shares, withheld), shipping]
    parts = whole if sum(whole) == amount else allocate(amount, whole)
    lines = tuple(
        RefundLine(line=line, units=units[line], share=share, amount=part)
        for (line, share), part in zip(shares.items(), parts, strict=False)
    )
    return RefundPlan(lines=lines, shipping=parts[-1], amount=amount, is_everything=all_of_it, withheld=withheld)


def _goods(units: Mapping[Id, int], shares: Mapping[Id, int], withheld: int) -> list[int]:
    """What goes back for each line: what is kept, or comes back, for a lost discount leaves shipping alone."""
    if not withheld:
        return [*shares.values()]
    # What was kept before comes back also with units that cost nothing.
    weights = [*shares.values()] if any(shares.values()) else [units[line] for line in shares]
    return allocate(sum(shares.values()) - withheld, weights)
