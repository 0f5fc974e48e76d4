"""Tax: the rate of every line and of shipping, and the amount at the level the ruleset names.

Included prices: `net = round(gross / (1 + rate))`, tax is the difference (target `net`), or the other way round
(target `tax`). Excluded prices: `tax = round(net × rate)`. One rounding per line, per unit, or per rate over
everything, shipping included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.documents.conditions import Condition, facts_read
from engine.runtime.arithmetic import Rounder, spread
from engine.runtime.decision import Key, Origin, Posting, Refusal, TaxAmount
from engine.runtime.reasons import with_calendar
from engine.runtime.rule_index import Matcher
from engine.runtime.selection import Selections, priced_facts, select, touched_members
from engine.runtime.working import Working

LineTax = tuple[int, int, int]
"""(net, tax, gross) in minor units; net + tax = gross."""

NO_RATE = -1
EXEMPT = -2
PRO_RATA = "pro_rata"
NONE = "none"


@dataclass(frozen=True, slots=True)
class CompiledRate:
    """A tax rate as an exact ratio."""

    id: str
    numerator: int
    denominator: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class TaxProgram:
    """A tax ruleset, compiled. Rates keep document order: the lowest bit of a match decides.

    `line_facts` are the facts of a line (besides `tax.class`) that some rate reads, `reads_prices` says that some
    exist only after pricing, `reads_sums` that some rate reads a sum of the cart, which changes from stage to stage.
    `conditions` are kept to say which fact is missing when no rate matches.
    """

    hash: str
    rounder: Rounder
    timezone: str
    reads_calendar: bool
    prices: Literal["included", "excluded"]
    level: Literal["line", "unit", "total"]
    target: Literal["net", "tax"]
    rates: tuple[CompiledRate, ...]
    index: Matcher
    selections: Selections
    line_facts: tuple[str, ...]
    reads_prices: bool
    reads_sums: bool
    tax_sums: frozenset[str]
    line_sets: Mapping[str, frozenset[str]]
    set_facts: Mapping[str, frozenset[str]]
    exempt_index: Matcher | None
    shipping: str
    refuse_unknown: bool
    conditions: tuple[Condition, ...]
    origin: Origin


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
        """(net, tax, gross) of every line as it is after all discounts, worked out once; see `tax_lines`."""
        if self._lines is None:
            self._lines = tax_lines(self.program, self, self.work)
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


def tax_lines(program: TaxProgram, rates: TaxRates, work: Working) -> list[LineTax] | None:
    """(net, tax, gross) of every line; None when a line has no rate and that is a refusal."""
    numbers = rates.numbers
    if program.refuse_unknown and NO_RATE in numbers:
        return None
    if program.level == "total":
        return _by_rate_group(program, numbers, work.amount)
    if program.level == "unit":
        return [
            _split(program, number, amount, quantity)
            for number, amount, quantity in zip(numbers, work.amount, work.quantity, strict=True)
        ]
    return [_split(program, number, amount, 1) for number, amount in zip(numbers, work.amount, strict=True)]


def _split(program: TaxProgram, number: int, amount: int, quantity: int) -> LineTax:
    if number < 0:
        return amount, 0, amount
    rate = program.rates[number]
    return split_amount(program, rate.numerator, rate.denominator, amount, quantity)


def split_amount(
    program: TaxProgram, numerator: int, denominator: int, amount: int, quantity: int = 1
) -> tuple[int, int, int]:
    """(net, tax, gross) of an amount as priced; with a quantity above 1, rounded unit by unit."""
    if quantity > 1:
        each, dearer = divmod(amount, quantity)
        cheap = split_amount(program, numerator, denominator, each)
        dear = split_amount(program, numerator, denominator, each + 1) if dearer else (0, 0, 0)
        count = quantity - dearer
        return (
            cheap[0] * count + dear[0] * dearer,
            cheap[1] * count + dear[1] * dearer,
            cheap[2] * count + dear[2] * dearer,
        )
    if program.prices == "excluded":
        tax = program.rounder(amount * numerator, denominator)
        return amount, tax, amount + tax
    if program.target == "net":
        net = program.rounder(amount * denominator, denominator + numerator)
        return net, amount - net, amount
    tax = program.rounder(amount * numerator, denominator + numerator)
    return amount - tax, tax, amount


def _by_rate_group(program: TaxProgram, numbers: list[int], amounts: list[int]) -> list[LineTax]:
    """Round once per rate on the sum, then share the tax over the lines of the rate by largest remainder."""
    taxes = [0] * len(amounts)
    for number in {number for number in numbers if number >= 0}:
        positions = [position for position, of in enumerate(numbers) if of == number]
        # Nearly every cart has one rate, and then its lines are all lines.
        weights = amounts if len(positions) == len(amounts) else [amounts[position] for position in positions]
        rate = program.rates[number]
        _, tax, _ = split_amount(program, rate.numerator, rate.denominator, sum(weights))
        parts = spread(tax, weights)  # tax never exceeds the sum of prices: rates are at most 100 %
        if weights is amounts:
            taxes = parts
            break
        for position, part in zip(positions, parts, strict=True):
            taxes[position] = part
    if program.prices == "excluded":
        return [(amount, tax, amount + tax) for amount, tax in zip(amounts, taxes, strict=True)]
    return [(amount - tax, tax, amount) for amount, tax in zip(amounts, taxes, strict=True)]


def run_tax(program: TaxProgram, rates: TaxRates, work: Working) -> None:
    """Tax the lines and shipping: sets `tax_of_line`, `taxes`, `tax_total`, `tax_added`; posts tax that is added."""
    parts = _shipping_parts(program, rates, work)
    numbers = [*rates.numbers, *[number for number, _ in parts]]
    if program.refuse_unknown and NO_RATE in numbers:
        unknown_line = NO_RATE in rates.numbers
        params = _missing(program, rates, work) if unknown_line else {"tax.class": program.shipping}
        work.refusals.append(Refusal("tax_not_decided", program.origin, params))
        return
    splits = _splits(program, rates, work, numbers, parts)
    work.tax_of_line = splits[: len(work.lines)]
    if program.prices == "excluded":
        _post_added(program, work, numbers, splits)
    _total_up(program, work, numbers, splits)


def _splits(
    program: TaxProgram, rates: TaxRates, work: Working, numbers: list[int], parts: list[tuple[int, int]]
) -> list[LineTax]:
    """The lines, then the parts of shipping; at level `total` both are rounded together."""
    if program.level == "total":
        return _by_rate_group(program, numbers, [*work.amount, *[part for _, part in parts]])
    return [*(rates.lines() or ()), *[_split(program, number, part, 1) for number, part in parts]]


def _post_added(program: TaxProgram, work: Working, numbers: list[int], splits: list[LineTax]) -> None:
    """A posting for every tax that is added: of lines by their id, of shipping without one."""
    ids = [line.id for line in work.lines]
    for place, (number, (_, tax, _)) in enumerate(zip(numbers, splits, strict=True)):
        if tax and number >= 0:
            line = ids[place] if place < len(ids) else ""
            work.postings.append(Posting("tax", tax, line, program.rates[number].origin))


def _total_up(program: TaxProgram, work: Working, numbers: list[int], splits: list[LineTax]) -> None:
    """One entry per rate, in the order of the document, and the sum of all."""
    included = program.prices == "included"
    total = 0
    for number, (base, tax) in sorted(_sums(numbers, splits).items()):
        if number >= 0:
            rate = program.rates[number]
            total += tax
            ratio = (rate.numerator, rate.denominator)
            work.taxes.append(TaxAmount(rate.id, ratio, base, tax, included, rate.origin))
    work.tax_total = total
    work.tax_added = 0 if included else total
    work.values["tax.total"] = total


def _sums(numbers: list[int], splits: list[LineTax]) -> dict[int, tuple[int, int]]:
    """Rate number to (net, tax) of everything taxed at it."""
    sums: dict[int, tuple[int, int]] = {}
    distinct = set(numbers)
    for number in distinct:
        of_rate = splits
        if len(distinct) > 1:
            of_rate = [split for split, of in zip(splits, numbers, strict=True) if of == number]
        sums[number] = sum([net for net, _, _ in of_rate]), sum([tax for _, tax, _ in of_rate])
    return sums


def _shipping_parts(program: TaxProgram, rates: TaxRates, work: Working) -> list[tuple[int, int]]:
    """The shipping amount by rate: of its own class, or in proportion to the goods; nothing where it is not taxed."""
    amount = work.shipping_total
    if not amount or program.shipping == NONE:
        return []
    if program.shipping != PRO_RATA:
        return [(rates.of_class(program.shipping), amount)]
    by_rate: dict[int, int] = {}
    for position, weight in enumerate(work.amount):
        number = rates.of_line(position)
        by_rate[number] = by_rate.get(number, 0) + weight
    numbers = sorted(by_rate)
    weights = [by_rate[number] for number in numbers]
    if not sum(weights):
        return [(numbers[0], amount)]
    scale = 1 if sum(weights) >= amount else amount  # `spread` wants at least as much weight as there is to share
    return list(zip(numbers, spread(amount, [weight * scale for weight in weights]), strict=True))


def _missing(program: TaxProgram, rates: TaxRates, work: Working) -> dict[str, str]:
    """Which line has no rate, and which fact that rates read is missing."""
    params: dict[str, str] = {}
    for position, line in enumerate(work.lines):
        if rates.of_line(position) == NO_RATE:
            params["line"] = line.id
            params["tax.class"] = line.tax_class
            break
    read = {fact for condition in program.conditions for fact in facts_read(condition)}
    missing = sorted(fact for fact in read if fact.startswith("destination.") and fact not in work.values)
    if missing:
        params["missing"] = ", ".join(missing)
    return params
