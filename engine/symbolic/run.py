"""One evaluation as constraints, stage after stage, in the order of `engine.runtime.evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.compiler.conditions import rule_boxes
from engine.documents.conditions import Key
from engine.documents.model import PriceRule, PricingDocument
from engine.documents.model.invariants import Measured as Measure
from engine.symbolic.book_plan import BookPlan
from engine.symbolic.cells import (
    Cell,
    aggregate_of,
    cart_facts,
    hold_after_pricing,
    total_of,
)
from engine.symbolic.codes import OnShipping, run_coupons
from engine.symbolic.delivery import Delivery, Discounting, Shipped
from engine.symbolic.facts import Measured, OneOf, Term, View
from engine.symbolic.goods import Goods
from engine.symbolic.lanes import Lanes
from engine.symbolic.model import Model
from engine.symbolic.taxes import round_cash, run_tax, sums
from engine.symbolic.terms import Number, Truth
from engine.symbolic.usage import Uses

GOODS = "goods"
"""The part of the constraints that says what promotions and coupons take off the goods."""

_SIGNED_IN = "customer.signed_in"


@dataclass(frozen=True)
class Asked:
    """Which cart a run is about: its cells before pricing, the facts that are given, and what tells shoppers apart.

    `mark` is what the line facts after pricing are called in this run; `numbers` gives each selection of the plan the
    number it has in the kinds of lines of this run.
    """

    cells: Sequence[Cell]
    facts: Mapping[str, Key | None] = field(default_factory=dict)
    shopper: str = ""
    mark: str = ""
    numbers: Mapping[int, int] = field(default_factory=dict)


@dataclass
class Outcome:
    """What a run decides: the sums of a decision, the cells at their prices, what is left of each after the stages."""

    measures: dict[Measure, Number]
    cells: list[Cell]
    left: list[Number]
    view: View
    stages: list[tuple[str, Number]]
    shipped: Truth  # a method was decided, or no ruleset decides any


def run_book(model: Model, plan: BookPlan, asked: Asked) -> Outcome:
    """Tell the solver everything the book does with the cart."""
    return _Run(model, plan, asked).outcome()


class _Run:
    def __init__(self, model: Model, plan: BookPlan, asked: Asked) -> None:
        self.model = model
        self.plan = plan
        self.asked = asked
        self.uses = Uses(model, asked.shopper)
        self.values: dict[str, Term] = self._request()
        self.stages: list[tuple[str, Number]] = []
        self.left: Number = 0

    def outcome(self) -> Outcome:
        model, plan = self.model, self.plan
        self._aggregates(self.asked.cells)  # pricing rules may count lines
        goods = self._priced()
        self._aggregates(goods.cells)
        items = total_of(model, (cell.initial for cell in goods.cells), "items")
        model.logic.part = GOODS
        self._promote(goods)
        on_shipping = self._redeem(goods)
        model.logic.part = ""
        left = self.left
        model.logic.tell(left >= 0)
        model.logic.tell(left <= items)
        shipped = self._ship(goods, on_shipping)
        units = self._units(goods)
        taxed = run_tax(model, plan.tax, left, shipped.total, units)
        whole = model.named("to pay", left + shipped.total + taxed.added)
        view = self._view("UTC")
        total = round_cash(model, plan.checkout, view, whole)
        measures: dict[Measure, Number] = {
            "items": items,
            "discount": items - left,
            "shipping": shipped.total,
            "shipping_discount": shipped.price - shipped.total,
            "tax": taxed.tax,
            "total": total,
        }
        return Outcome(measures, goods.cells, goods.left, view, self.stages, shipped.decided)

    # facts -----------------------------------------------------------------------------------------------------

    def _request(self) -> dict[str, Term]:
        """The facts of the request that are given or follow from the cart."""
        statements, asked = self.model.statements, self.asked
        values: dict[str, Term] = {"currency": OneOf(((True, self.plan.book.currency),))}
        values.update(cart_facts(self.model, asked.cells))
        for name, key in asked.facts.items():
            values[name] = OneOf(((True, key),))
        if "customer.id" in asked.facts:
            values[_SIGNED_IN] = Measured(0 if asked.facts["customer.id"] is None else 1)
        elif _SIGNED_IN not in asked.facts:
            known = self.model.logic.no(statements.fact("customer.id").missing)
            values[_SIGNED_IN] = OneOf(((known, 1), (True, 0)))
        present = statements.fact("coupon.present", least=0, most=1, missing=False)
        code = statements.fact("coupon.code")
        self.model.logic.tell(self.model.logic.same(present.number == 0, code.missing))
        return values

    def _view(self, timezone: str) -> View:
        return View(self.model.statements, timezone, dict(self.values))

    def _aggregates(self, cells: Sequence[Cell]) -> None:
        for axis, (aggregate, selection) in sorted(self.plan.aggregates.items()):
            number = self.asked.numbers.get(selection, selection)
            inside = [cell for cell in cells if number in cell.kind.members]
            self.values[axis] = aggregate_of(self.model, aggregate.measure, inside)

    def _sum(self, fact: str, amounts: Sequence[Number]) -> Number:
        value = total_of(self.model, amounts, fact)
        self.values[fact] = Measured(value)
        self.stages.append((fact, value))
        return value

    def _units(self, goods: Goods) -> Number:
        units = self.values["cart.item_count"]
        assert isinstance(units, Measured)
        return units.value

    # stages ----------------------------------------------------------------------------------------------------

    def _priced(self) -> Goods:
        pricing, tax = self.plan.pricing, self.plan.tax
        cells = [self._with_floor(pricing, cell, self._with_prices(pricing, cell)) for cell in self.asked.cells]
        for cell in cells:
            hold_after_pricing(self.model, cell, self.asked.mark)
        selections = len(self.plan.kinds.boxes)
        members = [
            [place for place, cell in enumerate(cells) if self.asked.numbers.get(number, number) in cell.kind.members]
            for number in range(selections)
        ]
        goods = Goods(self.model, cells, members, [cell.initial for cell in cells], None if tax is None else tax.prices)
        self._sum("subtotal.items", goods.left)
        return goods

    def _with_prices(self, document: PricingDocument | None, cell: Cell) -> Cell:
        """The cell after pricing: at list prices where no rule holds, never above them where the best price counts."""
        model, logic = self.model, self.model.logic
        if document is None or not document.rules:
            return cell
        view = self._view(document.head.timezone)
        rules = sorted(document.rules, key=lambda rule: (-rule.priority, rule.id))
        own = [rule for rule in rules if self._number(rule) in cell.kind.members]
        if not own:
            return cell
        holding = [view.holds(rule_boxes(rule.window, rule.when)) for rule in own]
        inputs = [*holding, cell.lines, cell.units, cell.listed]

        def make() -> Number:
            initial = model.unknown("priced")
            logic.tell(logic.implies(logic.no(logic.any(holding)), initial == cell.listed))
            if document.pick == "best":
                logic.tell(initial <= cell.listed)
            return initial

        model.loosen("prices after pricing rules")
        content = tuple((rule.id, rule.price, rule.percent, rule.amount, rule.fact, rule.tiers) for rule in own)
        what = ("priced", document.pick, document.guard, document.head.rounding, content, cell.name)
        return replace(cell, initial=model.once(what, inputs, make))

    def _with_floor(self, document: PricingDocument | None, listed: Cell, priced: Cell) -> Cell:
        """The cell with what stays below its discounts at its new price; it was known at list prices."""
        model, logic, initial = self.model, self.model.logic, priced.initial
        if document is None or logic.equal(initial, listed.listed):
            return priced

        def make() -> Number:
            floor = model.unknown("floor")
            logic.tell(floor <= initial)
            if document.pick == "best":  # no price is above the list price, and no floor above its own
                logic.tell(floor <= listed.floor)
                logic.tell(logic.implies(listed.lines == 1, floor == model.least_of(listed.floor, initial)))
            return floor

        inputs = [initial, listed.floor, listed.lines, listed.listed]
        return replace(priced, floor=model.once(("floor", document.pick, listed.name), inputs, make))

    def _number(self, rule: PriceRule) -> int:
        selection = self.plan.kinds.number(rule.where)
        return self.asked.numbers.get(selection, selection)

    def _promote(self, goods: Goods) -> None:
        document = self.plan.promotions
        for stage, fact in (("lines", "subtotal.after_line_discounts"), ("order", "subtotal.after_order_discounts")):
            if document is not None:
                view = self._view(document.head.timezone)  # what a lane lowers, no condition of its stage sees
                lanes = Lanes(goods, view, self.uses, document.head.rounding)
                for lane in self.plan.lanes:
                    if lane.stage == stage:
                        lanes.run(lane)
            self._sum(fact, goods.left)

    def _redeem(self, goods: Goods) -> list[OnShipping]:
        document = self.plan.coupons
        on_shipping: list[OnShipping] = []
        applied: Truth = False
        if document is not None:
            view = self._view(document.head.timezone)
            on_shipping, applied = run_coupons(self.plan, goods, view, self.uses, document.head.rounding)
        left = self.left = self._sum("subtotal.after_discounts", goods.left)
        items = self.values["subtotal.items"]
        assert isinstance(items, Measured)
        self.values["discount.total"] = Measured(items.value - left)
        self.values["coupon.applied"] = OneOf(((applied, 1), (True, 0)))
        self.values.update(sums(self.model, self.plan.tax, left, self._units(goods)))
        return on_shipping

    def _ship(self, goods: Goods, on_shipping: list[OnShipping]) -> Shipped:
        document, promotions, coupons = self.plan.shipping, self.plan.promotions, self.plan.coupons
        if document is None:
            return Shipped(0, 0, True)
        discounting = Discounting(
            lanes=[lane for lane in self.plan.lanes if lane.stage == "shipping"],
            view=self._view("UTC" if promotions is None else promotions.head.timezone),
            mode="half_up" if promotions is None else promotions.head.rounding,
            coupons=on_shipping,
            coupon_mode="half_up" if coupons is None else coupons.head.rounding,
            coupon_view=self._view("UTC" if coupons is None else coupons.head.timezone),
        )
        view = self._view(document.head.timezone)
        return Delivery(self.plan, document, goods, view, self.uses, discounting).run()


def within(model: Model, cells: Sequence[Cell], most: int) -> None:
    """Tell that the cart is worth at most `most`, at list prices and after pricing."""
    model.logic.tell(model.logic.sum(cell.listed for cell in cells) <= most)
    model.logic.tell(model.logic.sum(cell.initial for cell in cells) <= most)
