"""The tax stage: what is taxed at which rate, what is added to the total, and what tax each line contains."""

from __future__ import annotations

from engine.documents.conditions import facts_read
from engine.runtime.arithmetic import spread
from engine.runtime.decision import Posting, Refusal, TaxAmount
from engine.runtime.tax_program import NO_RATE, NONE, PRO_RATA, TaxProgram
from engine.runtime.tax_rates import TaxRates
from engine.runtime.tax_split import LineTax, split_at, split_together
from engine.runtime.working import Working


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
        return split_together(program, numbers, [*work.amount, *[part for _, part in parts]])
    return [*(rates.lines() or ()), *[split_at(program, number, part) for number, part in parts]]


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
