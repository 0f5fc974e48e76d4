"""What do all runs of one question share? The solver, names, rounding, and steps that are the same for the same inputs.

The model admits every decision the evaluator can make; where it admits more, `loosened` says where, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from engine.facts.vocabulary import Vocabulary
from engine.money.rounding import Rounding
from engine.symbolic.facts import Statements
from engine.symbolic.terms import Logic, Number, Truth

Made = TypeVar("Made")


class NotModelled(Exception):
    """The book has something the model has no sound bounds for; `args[0]` says what."""


class Model:
    """Constraints over one or several runs. Equal steps on equal inputs are built once, so runs share them."""

    def __init__(self, logic: Logic, vocabulary: Vocabulary | None) -> None:
        self.logic = logic
        self.statements = Statements(logic, vocabulary)
        self.loosened: dict[str, None] = {}
        self._made: dict[Hashable, object] = {}
        self._names = 0

    def loosen(self, what: str) -> None:
        """Note that something is only bounded, not computed."""
        self.loosened.setdefault(what)

    def unknown(self, name: str, least: int | None = 0) -> Number:
        """A new number; not negative unless said otherwise."""
        self._names += 1
        made = self.logic.whole(f"{name}#{self._names}")
        if least is not None:
            self.logic.tell(made >= least)
        return made

    def undecided(self, name: str) -> Truth:
        """A new truth."""
        self._names += 1
        return self.logic.either(f"{name}#{self._names}")

    def once(self, what: Hashable, inputs: Sequence[Number | Truth], make: Callable[[], Made]) -> Made:
        """What `make` makes, made once for the same inputs: the same stage on the same inputs gives the same."""
        key = (what, tuple(self.logic.key(each) for each in inputs))
        if key not in self._made:
            # The inputs are kept, or the solver could give their numbers to others.
            self._made[key] = (make(), tuple(inputs))
        made, _ = self._made[key]  # type: ignore[misc]
        return made  # type: ignore[no-any-return,has-type]

    def named(self, name: str, value: Number) -> Number:
        """The value under a name of its own, so that what is built on it stays small."""
        if isinstance(value, int):
            return value

        def make() -> Number:
            made = self.unknown(name, None)
            self.logic.tell(made == value)
            return made

        return self.once("named", [value], make)

    def least_of(self, *values: Number) -> Number:
        """The smallest of some numbers."""
        return self._extreme("least", values, greatest=False)

    def most_of(self, *values: Number) -> Number:
        """The greatest of some numbers."""
        return self._extreme("most", values, greatest=True)

    def _extreme(self, name: str, values: Sequence[Number], *, greatest: bool) -> Number:
        found = values[0]
        for value in values[1:]:
            if self.logic.equal(found, value):
                continue
            is_value = value > found if greatest else value < found
            found = self.named(name, self.logic.choose(is_value, value, found))
        return found

    def rounded(self, value: Number, numerator: int, denominator: int, mode: Rounding) -> Number:
        """`value × numerator / denominator`, rounded once; value not negative."""
        if numerator == denominator:
            return value
        if numerator == 0:
            return 0

        def make() -> Number:
            made = self.unknown("rounded")
            for fact in self._rounding(made, value * numerator, denominator, mode):
                self.logic.tell(fact)
            return made

        return self.once(("rounded", numerator, denominator, mode), [value], make)

    def _rounding(self, made: Number, exact: Number, denominator: int, mode: Rounding) -> list[Truth]:
        """`exact / denominator`, not negative, between the two bounds of its rounding."""
        twice, step = 2 * exact, 2 * denominator
        match mode:
            case "half_up":
                return [step * made <= twice + denominator, twice + denominator < step * made + step]
            case "half_down":
                return [step * made >= twice - denominator, step * made < twice - denominator + step]
            case "half_even":
                tie = self.logic.any([twice == step * made - denominator, twice == step * made + denominator])
                return [
                    step * made - denominator <= twice,
                    twice <= step * made + denominator,
                    self.logic.implies(tie, made % 2 == 0),
                ]
            case "up":
                return [denominator * made >= exact, denominator * made < exact + denominator]
            case "down":
                return [denominator * made <= exact, exact < denominator * made + denominator]

    def steps(self, value: Number, per: int) -> Number:
        """How many started `per` there are in `value`; 0 when it is not positive."""

        def make() -> Number:
            made = self.unknown("started")
            self.logic.tell(per * made >= value)
            self.logic.tell(self.logic.any([made == 0, per * (made - 1) < value]))
            return made

        return self.once(("steps", per), [value], make)


def slack(denominator: int, mode: Rounding) -> tuple[int, int]:
    """By how many parts of the denominator one rounding may be below and above the exact value."""
    if mode == "up":
        return 0, denominator - 1
    if mode == "down":
        return denominator - 1, 0
    return denominator // 2, denominator // 2
