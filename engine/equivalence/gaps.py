"""Where are different rules in force on the two sides? Stage by stage; a cart outside of all gaps is decided the same.

The argument is one of induction over the stages. A stage is a function of the cart, of what earlier stages made of it,
and of the rules in force; the runtime is deterministic. Where the rules in force are the same in every stage up to one,
both sides enter it with equal amounts and facts, so the boxes of its conditions hold on both sides or on none. So two
decisions can differ only for carts that lie in a gap of some stage, whose facts are those of that stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, get_args

from engine.equivalence.codes import coupon_gaps
from engine.equivalence.delivery import shipping_gaps
from engine.equivalence.exclusions import Exclusions
from engine.equivalence.lanes import promotion_gaps
from engine.equivalence.model import Gap, Stage
from engine.equivalence.ordering import checkout_gaps
from engine.equivalence.prices import pricing_gaps
from engine.equivalence.sides import Sides
from engine.equivalence.taxing import tax_gaps

STAGES: Final = 6
"""How often `tell` is told that one more kind of ruleset has been compared."""


def gaps_of(sides: Sides, tell: Callable[[int], None] | None = None) -> list[Gap]:
    """Every gap between the two books, in the order of the stages."""
    exclusions = Exclusions(sides)
    found: list[Gap] = []
    stages: list[Iterator[Gap]] = [
        pricing_gaps(sides),
        promotion_gaps(sides, exclusions),
        coupon_gaps(sides, exclusions),
        shipping_gaps(sides),
        tax_gaps(sides),
        checkout_gaps(sides),
    ]
    for done, stage in enumerate(stages, 1):
        found += stage
        if tell is not None:
            tell(done)
    order = list(_ORDER)
    return sorted(found, key=lambda gap: order.index(gap.stage))


_ORDER: Final[tuple[Stage, ...]] = get_args(Stage)
