"""Which rate has each line, and shipping? Looked up once per evaluation, over facts of cart, class and line."""

from __future__ import annotations

from collections.abc import Mapping

from engine.runtime.decision import Key
from engine.runtime.reasons import with_calendar
from engine.runtime.selection import priced_facts, select, touched_members
from engine.runtime.tax_program import EXEMPT, NO_RATE, TaxProgram
from engine.runtime.tax_split import LineTax, split_lines
from engine.runtime.working import Working


class TaxRates:
    """The rate of every line and class of one evaluation, each looked up once."""

    __slots__ = ("_by_key", "_lines", "_numbers", "exempt", "program", "touched", "values", "work")

    def __init__(self, program: TaxProgram, work: Working) -> None:
        values = dict(with_calendar(work.values, work.cart.now, program.timezone, program.reads_calendar))
        self.program = program
        self.work = work
        sums = select(program.selections, work).touched if program.selections.aggregates else {}
        members = touched_members(program.set_facts, work.sets, values) if program.set_facts else {}
        self.touched = {**sums, **members}
        self.values = values
        self.exempt = program.exempt_index is not None and bool(program.exempt_index.match(values, self.touched))
        self._by_key: dict[tuple[Key | None, ...], int] = {}
        self._numbers: list[int] | None = None
        self._lines: list[LineTax] | None = None

    @property
    def numbers(self) -> list[int]:
        """The rate of every line; a line has the same rate at every stage, since it reads facts of the request."""
        if self._numbers is None:
            program, lines = self.program, self.work.lines
            if program.line_facts or program.line_sets:
                self._numbers = [self._find(position) for position in range(len(lines))]
            else:
                of_class = {tax_class: self.of_class(tax_class) for tax_class in {line.tax_class for line in lines}}
                self._numbers = [of_class[line.tax_class] for line in lines]
        return self._numbers

    def see(self, values: Mapping[str, Key]) -> None:
        """Look at the facts as they are at the tax stage; what was found before may not hold any more."""
        self.values.update(values)
        if self.program.reads_sums:
            self._by_key, self._numbers, self._lines = {}, None, None
            exempt = self.program.exempt_index
            self.exempt = exempt is not None and bool(exempt.match(self.values, self.touched))

    def lines(self) -> list[LineTax] | None:
        """(net, tax, gross) of every line after all discounts, worked out once; None where a rate is not known."""
        if self._lines is None and not (self.program.refuse_unknown and NO_RATE in self.numbers):
            self._lines = split_lines(self.program, self.numbers, self.work.amount, self.work.quantity)
        return self._lines

    def of_line(self, position: int) -> int:
        """Number of the rate of the line, or NO_RATE, or EXEMPT."""
        return self.numbers[position]

    def _find(self, position: int) -> int:
        line = self.work.lines[position]
        facts = priced_facts(self.work, position) if self.program.reads_prices else line.facts
        if self.program.line_sets:
            return self._look_up(line.tax_class, facts, line.sets)
        key = (line.tax_class, *[facts.get(fact) for fact in self.program.line_facts])
        found = self._by_key.get(key)
        if found is None:
            found = self._by_key[key] = self._look_up(line.tax_class, facts, {})
        return found

    def of_class(self, tax_class: str) -> int:
        """Number of the rate of a tax class without any line, as for shipping."""
        key = (tax_class,)
        found = self._by_key.get(key)
        if found is None:
            found = self._by_key[key] = self._look_up(tax_class, {}, {})
        return found

    def ratio(self, position: int) -> tuple[int, int] | None:
        """The exact rate of the line; (0, 1) when exempt, None when no rate is known."""
        return self.ratio_of(self.of_line(position))

    def ratio_of(self, rate: int) -> tuple[int, int] | None:
        if rate >= 0:
            found = self.program.rates[rate]
            return found.numerator, found.denominator
        return (0, 1) if rate == EXEMPT else None

    def _look_up(self, tax_class: str, facts: Mapping[str, Key], sets: Mapping[str, frozenset[str]]) -> int:
        if self.exempt:
            return EXEMPT
        values = self.values
        touched = self.touched
        if facts:
            values = {**values, **facts}
        if sets:
            touched = {**touched, **touched_members(self.program.line_sets, sets, values)}
        values["tax.class"] = tax_class
        mask = self.program.index.match(values, touched)
        return (mask & -mask).bit_length() - 1 if mask else NO_RATE


def gross_and_net(rates: TaxRates) -> tuple[int, int] | None:
    """The sum of the lines with and without tax, as far as it goes at this stage; None when a rate is not known."""
    split = rates.lines()
    if split is None:
        return None
    return sum([gross for _, _, gross in split]), sum([net for net, _, _ in split])
