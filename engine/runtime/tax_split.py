"""An amount split into net and tax: once per line, per unit, or per rate over everything.

Included prices: `net = round(gross / (1 + rate))`, tax is the difference (target `net`), or the other way round
(target `tax`). Excluded prices: `tax = round(net × rate)`.
"""

from __future__ import annotations

from engine.runtime.arithmetic import spread
from engine.runtime.tax_program import TaxProgram

LineTax = tuple[int, int, int]
"""(net, tax, gross) in minor units; net + tax = gross."""


def split_lines(program: TaxProgram, numbers: list[int], amounts: list[int], quantities: list[int]) -> list[LineTax]:
    """The split of every amount at its rate (by number; negative: no tax), at the level of the program."""
    if program.level == "total":
        return split_together(program, numbers, amounts)
    if program.level == "line":
        return [split_at(program, number, amount) for number, amount in zip(numbers, amounts, strict=True)]
    return [
        split_at(program, number, amount, quantity)
        for number, amount, quantity in zip(numbers, amounts, quantities, strict=True)
    ]


def split_at(program: TaxProgram, number: int, amount: int, quantity: int = 1) -> LineTax:
    """The split of one amount at the rate of that number; unit by unit with a quantity above 1."""
    if number < 0:
        return amount, 0, amount
    rate = program.rates[number]
    return _split(program, rate.numerator, rate.denominator, amount, quantity)


def _split(
    program: TaxProgram, numerator: int, denominator: int, amount: int, quantity: int = 1
) -> tuple[int, int, int]:
    """(net, tax, gross) of an amount as priced; with a quantity above 1, rounded unit by unit."""
    if quantity > 1:
        each, dearer = divmod(amount, quantity)
        cheap = _split(program, numerator, denominator, each)
        dear = _split(program, numerator, denominator, each + 1) if dearer else (0, 0, 0)
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


def split_together(program: TaxProgram, numbers: list[int], amounts: list[int]) -> list[LineTax]:
    """Round once per rate on the sum, then share the tax over the lines of the rate by largest remainder."""
    taxes = [0] * len(amounts)
    for number in {number for number in numbers if number >= 0}:
        positions = [position for position, of in enumerate(numbers) if of == number]
        # Nearly every cart has one rate, and then its lines are all lines.
        weights = amounts if len(positions) == len(amounts) else [amounts[position] for position in positions]
        rate = program.rates[number]
        _, tax, _ = _split(program, rate.numerator, rate.denominator, sum(weights))
        parts = spread(tax, weights)  # tax never exceeds the sum of prices: rates are at most 100 %
        if weights is amounts:
            taxes = parts
            break
        for position, part in zip(positions, parts, strict=True):
            taxes[position] = part
    if program.prices == "excluded":
        return [(amount, tax, amount + tax) for amount, tax in zip(amounts, taxes, strict=True)]
    return [(amount - tax, tax, amount) for amount, tax in zip(amounts, taxes, strict=True)]
