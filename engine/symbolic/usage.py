"""How often was a rule used before? Unknown, within what its limits ask about."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.documents.model import Limits
from engine.symbolic.model import Model
from engine.symbolic.terms import Number, Truth


@dataclass
class Uses:
    """Uses of rules and coupons before this cart. Runs of one cart share them: the names depend on rule and shopper."""

    model: Model
    shopper: str = ""
    _numbers: dict[str, Number] = field(default_factory=dict)

    def within(self, rule: str, limits: Limits) -> Truth:
        """Whether earlier uses leave something of the limits of a promotion."""
        logic = self.model.logic
        parts: list[Truth] = []
        if limits.total is not None:
            parts.append(self.number(f"{rule}.total") < limits.total)
        if limits.per_customer is not None:
            parts.append(logic.either(f"used {rule} by known{self.shopper}"))
            parts.append(self.number(f"{rule}.customer{self.shopper}") < limits.per_customer)
        if limits.budget is not None:
            parts.append(self.spent(rule) < limits.budget)
        return logic.all(parts)

    def bound(self, rule: str, cap: int | None, limits: Limits) -> Number | None:
        """The smaller of the cap and what is left of the budget."""
        if limits.budget is None:
            return cap
        left = self.model.most_of(limits.budget - self.spent(rule), 0)
        return left if cap is None else self.model.least_of(left, cap)

    def spent(self, rule: str) -> Number:
        """Money the rule has given away before."""
        return self.number(f"{rule}.spent")

    def number(self, name: str) -> Number:
        """A count or sum; not negative."""
        if name not in self._numbers:
            self._numbers[name] = self.model.logic.whole(f"used {name}")
            self.model.logic.tell(self._numbers[name] >= 0)
        return self._numbers[name]
