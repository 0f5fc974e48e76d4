"""Tax: the rate of every line by trying all rates, the amount unit by unit, line by line or rate by rate."""

from __future__ import annotations

from fractions import Fraction

from engine.boxes.truth import truth
from engine.documents.model import TaxDocument, TaxRate
from tests.engine.runtime.oracle.arithmetic import rounded, shared_out
from tests.engine.runtime.oracle.state import Checkout, Facts, holds, is_open, seen

Split = tuple[int, int, int]  # net, tax, gross

NOTHING_DUE = "exempt"


class NoRate(Exception):
    """No rate matches, and the ruleset says that this is a refusal."""


class Taxes:
    """The rates of a checkout as its facts now stand."""

    def __init__(self, document: TaxDocument, checkout: Checkout) -> None:
        self.document = document
        self.checkout = checkout
        self.facts = seen(document, checkout)
        self.exempt = any(
            is_open(each.window, checkout.cart.now) and holds(each.when, self.facts, checkout)
            for each in document.exemptions
        )

    def rate_of(self, number: int) -> TaxRate | str | None:
        """The rate of a line, None where none matches."""
        line = self.checkout.cart.lines[number]
        return self._find({**line.facts, "tax.class": line.tax_class}, line.sets)

    def rate_of_class(self, name: str) -> TaxRate | str | None:
        """The rate of a class that belongs to no line."""
        return self._find({"tax.class": name}, {})

    def ratio_of(self, number: int) -> Fraction | None:
        """The rate of a line as a number; nothing is zero, not known is None."""
        rate = self.rate_of(number)
        return Fraction(*rate.percent) if isinstance(rate, TaxRate) else Fraction(0) if rate == NOTHING_DUE else None

    def lines(self) -> list[Split]:
        """Every line with what is left of it split up; raises NoRate."""
        rates = [self.rate_of(number) for number in range(len(self.checkout.cart.lines))]
        if self.document.otherwise == "refuse" and None in rates:
            raise NoRate
        left = self.checkout.left
        if self.document.level == "total":
            return self.by_rate(rates, left)
        if self.document.level == "line":
            return [self.split(rate, amount) for rate, amount in zip(rates, left, strict=True)]
        found = []
        for line, rate, amount in zip(self.checkout.cart.lines, rates, left, strict=True):
            units = [self.split(rate, unit) for unit in shared_out(amount, [1] * line.quantity)]
            found.append(
                (sum(net for net, _, _ in units), sum(tax for _, tax, _ in units), sum(g for _, _, g in units))
            )
        return found

    def split(self, rate: TaxRate | str | None, amount: int) -> Split:
        """An amount as it is priced, rounded once."""
        if not isinstance(rate, TaxRate):
            return amount, 0, amount
        percent, mode = Fraction(*rate.percent), self.document.head.rounding
        if self.document.prices == "excluded":
            tax = rounded(amount * percent, mode)
            return amount, tax, amount + tax
        if self.document.target == "net":
            net = rounded(amount / (1 + percent), mode)
            return net, amount - net, amount
        tax = rounded(amount * percent / (1 + percent), mode)
        return amount - tax, tax, amount

    def by_rate(self, rates: list[TaxRate | str | None], left: list[int]) -> list[Split]:
        found = [(amount, 0, amount) for amount in left]
        for rate in {rate.id: rate for rate in rates if isinstance(rate, TaxRate)}.values():
            numbers = [number for number, other in enumerate(rates) if other == rate]
            amounts = [left[number] for number in numbers]
            _, tax, _ = self.split(rate, sum(amounts))
            for number, part in zip(numbers, shared_out(tax, amounts), strict=True):
                net = left[number] if self.document.prices == "excluded" else left[number] - part
                found[number] = (net, part, net + part)
        return found

    def _find(self, facts: Facts, sets: dict[str, frozenset[str]]) -> TaxRate | str | None:
        if self.exempt:
            return NOTHING_DUE
        everything, all_sets = {**self.facts, **facts}, {**self.checkout.cart.sets, **sets}
        for rate in self.document.rates:
            if is_open(rate.window, self.checkout.cart.now) and truth(rate.where, everything, all_sets) is True:
                return rate
        return None


def tell_sums(document: TaxDocument | None, checkout: Checkout) -> None:
    """The sum of the lines with and without tax, as far as it is known before shipping."""
    total = sum(checkout.left)
    if document is None:
        gross: int | None = total
        net: int | None = total
    else:
        try:
            lines = Taxes(document, checkout).lines()
            net, gross = sum(line[0] for line in lines), sum(line[2] for line in lines)
        except NoRate:
            net, gross = (None, total) if document.prices == "included" else (total, None)
    if gross is not None:
        checkout.facts["subtotal.after_discounts.gross"] = gross
    if net is not None:
        checkout.facts["subtotal.after_discounts.net"] = net


def tax(document: TaxDocument, checkout: Checkout) -> int:
    """Tax lines and shipping; answers what is added to the total."""
    taxes = Taxes(document, checkout)
    added = document.prices == "excluded"
    try:
        lines = taxes.lines()
    except NoRate:
        checkout.refusals.append("tax_not_decided")
        return 0
    rates = [taxes.rate_of(number) for number in range(len(lines))]
    on_shipping = _shipping_parts(document, taxes, rates, checkout)
    if document.otherwise == "refuse" and any(rate is None for rate, _ in on_shipping):
        checkout.refusals.append("tax_not_decided")
        return 0
    if document.level == "total":  # shipping is rounded with the goods of its rate
        everything = [*zip(rates, checkout.left, strict=True), *on_shipping]
        together = taxes.by_rate([rate for rate, _ in everything], [amount for _, amount in everything])
        lines, of_shipping = together[: len(lines)], together[len(lines) :]
    else:
        of_shipping = [taxes.split(rate, amount) for rate, amount in on_shipping]
    checkout.tax_of_line = lines
    names = [*(line.id for line in checkout.cart.lines), *("" for _ in of_shipping)]
    all_rates = [*rates, *(rate for rate, _ in on_shipping)]
    entries = zip(names, all_rates, [*lines, *of_shipping], strict=True)
    total = 0
    for name, rate, (_, amount, _) in entries:
        if isinstance(rate, TaxRate):
            checkout.taxes[rate.id] += amount
            total += amount
            if added:
                checkout.postings["tax", rate.id, name] += amount
    checkout.facts["tax.total"] = total
    return total if added else 0


def _shipping_parts(
    document: TaxDocument, taxes: Taxes, rates: list[TaxRate | str | None], checkout: Checkout
) -> list[tuple[TaxRate | str | None, int]]:
    if not checkout.shipping or document.shipping == "none":
        return []
    if document.shipping != "pro_rata":
        return [(taxes.rate_of_class(document.shipping), checkout.shipping)]
    # In the order of the rates in the document, what has no rate first.
    order = {NOTHING_DUE: -2, None: -1} | {rate.id: number for number, rate in enumerate(document.rates)}
    groups: dict[int, tuple[TaxRate | str | None, int]] = {}
    for rate, amount in zip(rates, checkout.left, strict=True):
        place = order[rate.id if isinstance(rate, TaxRate) else rate]
        groups[place] = (rate, groups.get(place, (rate, 0))[1] + amount)
    sorted_groups = [groups[place] for place in sorted(groups)]
    if not sum(amount for _, amount in sorted_groups):
        return [(sorted_groups[0][0], checkout.shipping)]
    parts = shared_out(checkout.shipping, [amount for _, amount in sorted_groups])
    return [(rate, part) for (rate, _), part in zip(sorted_groups, parts, strict=True)]
