"""How do we talk to the solver? The one place that knows z3, which ships no types: numbers and truths are `Any` here.

Plain ints and bools mix with terms and stay plain as long as they can, so a model of a known cart is nearly free.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal

Number = Any
"""An int or a term of the solver that stands for one."""

Truth = Any
"""A bool or a term of the solver that stands for one."""

Answer = Literal["sat", "unsat", "unknown"]

_SEED: Final = 1


NO_SOLVER: Final = "the solver is not installed: pip install sostech-store[proof]"


class SolverMissing(Exception):
    """z3 is not installed."""


class Logic:
    """One solver with what it is told. The same calls in the same order give the same answers: no clock, fixed seed.

    `spent` counts the solver's own units of work (`rlimit`) over all questions; nothing else limits it. What is told is
    filed under `part`, so that a question can leave a part out.
    """

    def __init__(self) -> None:
        try:
            import z3  # an extra of 60 MB: only those who prove pay for it
        except ImportError as fault:
            raise SolverMissing from fault
        self._z3: Any = z3
        self._context: Any = z3.Context()
        self._solver: Any = self._new_solver()
        self._model: Any = None
        self._told: list[tuple[str, Truth]] = []
        self._marks: list[int] = []
        self.part = ""
        self.spent = 0

    # terms -----------------------------------------------------------------------------------------------------

    def whole(self, name: str) -> Number:
        """An unknown whole number."""
        return self._z3.Int(name, self._context)

    def either(self, name: str) -> Truth:
        """An unknown truth."""
        return self._z3.Bool(name, self._context)

    def all(self, parts: Iterable[Truth]) -> Truth:
        """Whether every part holds; True of none."""
        terms = []
        for part in parts:
            if part is False:
                return False
            if part is not True:
                terms.append(part)
        return True if not terms else terms[0] if len(terms) == 1 else self._z3.And(*terms)

    def any(self, parts: Iterable[Truth]) -> Truth:
        """Whether some part holds; False of none."""
        terms = []
        for part in parts:
            if part is True:
                return True
            if part is not False:
                terms.append(part)
        return False if not terms else terms[0] if len(terms) == 1 else self._z3.Or(*terms)

    def no(self, part: Truth) -> Truth:
        """Whether it does not hold."""
        return not part if isinstance(part, bool) else self._z3.Not(part)

    def implies(self, one: Truth, two: Truth) -> Truth:
        """Whether the second holds wherever the first does."""
        return self.any([self.no(one), two])

    def same(self, one: Truth, two: Truth) -> Truth:
        """Whether both hold or neither does."""
        if isinstance(one, bool):
            return two if one else self.no(two)
        return (one if two else self.no(one)) if isinstance(two, bool) else one == two

    def choose(self, condition: Truth, one: Number, two: Number) -> Number:
        """The first where the condition holds, else the second."""
        if isinstance(condition, bool):
            return one if condition else two
        return one if self.equal(one, two) else self._z3.If(condition, self._lifted(one), self._lifted(two))

    def choose_truth(self, condition: Truth, one: Truth, two: Truth) -> Truth:
        """The first where the condition holds, else the second."""
        return self.any([self.all([condition, one]), self.all([self.no(condition), two])])

    def sum(self, parts: Iterable[Number]) -> Number:
        """The sum; 0 of none."""
        terms = [part for part in parts if not (isinstance(part, int) and part == 0)]
        if not terms:
            return 0
        return terms[0] if len(terms) == 1 else self._z3.Sum(*[self._lifted(term) for term in terms])

    def equal(self, one: Number, two: Number) -> bool:
        """Whether both are the very same term (not: whether they are always equal)."""
        if isinstance(one, int) or isinstance(two, int):
            return isinstance(one, int) and isinstance(two, int) and one == two
        return bool(one.eq(two))

    def key(self, term: Number | Truth) -> tuple[str, int]:
        """What tells this term from others, for use in a dictionary as long as the terms live."""
        return ("plain", int(term)) if isinstance(term, int) else ("term", term.get_id())

    def _lifted(self, number: Number) -> Any:
        return self._z3.IntVal(number, self._context) if isinstance(number, int) else number

    # questions -------------------------------------------------------------------------------------------------

    def tell(self, fact: Truth) -> None:
        """From now on, until `forget`, this holds."""
        if fact is not True:
            told = self._z3.BoolVal(False, self._context) if fact is False else fact
            self._told.append((self.part, told))
            self._solver.add(told)

    def remember(self) -> None:
        """Begin something that can be forgotten again."""
        self._solver.push()
        self._marks.append(len(self._told))

    def forget(self) -> None:
        """Forget what was told since the last `remember`."""
        self._solver.pop()
        del self._told[self._marks.pop() :]

    def ask(self, rlimit: int) -> Answer:
        """Whether all that was told can be true at once; `unknown` when `rlimit` units of work do not settle it."""
        if rlimit <= 0:
            return "unknown"
        self._solver.set("rlimit", rlimit)
        before = self._work(self._solver)
        answer = str(self._solver.check())
        self.spent += max(1, self._work(self._solver) - before)
        if answer == "sat":
            self._model = self._solver.model()
            return "sat"
        return "unsat" if answer == "unsat" else "unknown"

    def is_impossible_without(self, part: str, rlimit: int) -> bool:
        """Whether what was told cannot be true, even when nothing of a part is known; False where that stays open."""
        solver = self._new_solver()
        solver.set("rlimit", max(1, rlimit))
        solver.add(*[fact for of, fact in self._told if of != part])
        before = self._work(self._solver)
        answer = str(solver.check())
        self.spent += max(1, self._work(solver) - before)  # one count for all solvers of a context
        return answer == "unsat"

    def number(self, term: Number) -> int:
        """The value of a number in the last `sat` answer."""
        if isinstance(term, int):
            return term
        return int(self._model.eval(term, model_completion=True).as_long())

    def truth(self, term: Truth) -> bool:
        """The value of a truth in the last `sat` answer."""
        return term if isinstance(term, bool) else bool(self._z3.is_true(self._model.eval(term, model_completion=True)))

    def _new_solver(self) -> Any:
        solver = self._z3.SolverFor("QF_LIA", ctx=self._context)
        solver.set("random_seed", _SEED)
        return solver

    def _work(self, solver: Any) -> int:
        statistics = solver.statistics()
        return int(statistics.get_key_value("rlimit count")) if "rlimit count" in statistics.keys() else 0  # noqa: SIM118
