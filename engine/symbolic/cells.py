"""What is known of the lines of a cart: sums over all lines of one kind, never the lines themselves.

A cell holds any number of lines of its kind; in a cart of few lines every kind has some cells of one line each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.boxes.values import ValueSet
from engine.documents.conditions import Measure
from engine.symbolic.facts import Measured, Term
from engine.symbolic.kinds import Kind
from engine.symbolic.model import Model
from engine.symbolic.terms import Number

_ONLY_MISSING = ValueSet.only_missing()


@dataclass(frozen=True, slots=True)
class Cell:
    """Lines of one kind: how many, their units, what they cost at list prices and after pricing, their measures.

    `weightless` and `volumeless` count the lines without weight or volume. `floor` is the sum of what no discount may
    go below, at the prices of `initial`.
    """

    kind: Kind
    name: str
    lines: Number
    units: Number
    listed: Number
    weight: Number
    weightless: Number
    volume: Number
    volumeless: Number
    initial: Number
    floor: Number


def cells_of(model: Model, kinds: Sequence[Kind], copies: int | None, part: str = "") -> list[Cell]:
    """Any lines of each kind; with `copies`, so many cells of at most one line for each kind.

    Of cells of one kind, those with lines come first, the dearest first; not so for the `part` of a cart.
    """
    found = []
    for number, kind in enumerate(kinds):
        before: Cell | None = None
        for copy in range(copies or 1):
            name = f"{part}kind{number}" if copies is None else f"{part}kind{number}.{copy}"
            cell = new_cell(model, kind, name)
            if copies is not None:
                model.logic.tell(cell.lines <= 1)
            if before is not None and not part:
                model.logic.tell(cell.listed <= before.listed)
                model.logic.tell(cell.lines <= before.lines)
            before = cell
            found.append(cell)
    return found


def new_cell(model: Model, kind: Kind, name: str) -> Cell:
    """Any lines of a kind, at list prices."""
    numbers = [
        model.unknown(f"{name}.{part}")
        for part in ("lines", "units", "listed", "weight", "weightless", "volume", "volumeless", "floor")
    ]
    lines, units, listed, weight, weightless, volume, volumeless, floor = numbers
    cell = Cell(kind, name, lines, units, listed, weight, weightless, volume, volumeless, listed, floor)
    hold_together(model, cell)
    return cell


def hold_together(model: Model, cell: Cell) -> None:
    """Tell what is true of every set of lines of the kind, before pricing."""
    logic = model.logic
    logic.tell(cell.units >= cell.lines)
    logic.tell(cell.weightless <= cell.lines)
    logic.tell(cell.volumeless <= cell.lines)
    nothing = [cell.units == 0, cell.listed == 0, cell.weight == 0, cell.volume == 0, cell.floor == 0]
    logic.tell(logic.implies(cell.lines == 0, logic.all(nothing)))
    _within(model, cell, "line.quantity", cell.units, cell.lines)
    _within(model, cell, "line.list_price", cell.listed, cell.units)
    weights = [box["line.weight_g"] for box in cell.kind.boxes]
    if all(values == _ONLY_MISSING for values in weights):
        logic.tell(cell.weightless == cell.lines)
    elif not any(values.missing for values in weights):
        logic.tell(cell.weightless == 0)
        _within(model, cell, "line.weight_g", cell.weight, cell.units)


def hold_after_pricing(model: Model, cell: Cell, mark: str) -> None:
    """Tell what is true once prices are known; `mark` is what the facts after pricing are called in this run."""
    model.logic.tell(cell.floor <= cell.initial)
    model.logic.tell(model.logic.implies(cell.lines == 0, cell.initial == 0))
    _within(model, cell, f"line.unit_price{mark}", cell.initial, cell.units)
    _within(model, cell, f"line.subtotal{mark}", cell.initial, cell.lines)


def _within(model: Model, cell: Cell, axis: str, value: Number, per: Number) -> None:
    least, most = cell.kind.least(axis), cell.kind.most(axis)
    if least is not None and least > 0:
        model.logic.tell(value >= least * per)
    if most is not None:
        model.logic.tell(value <= most * per)


# sums over cells -----------------------------------------------------------------------------------------------


def total_of(model: Model, values: Iterable[Number], name: str) -> Number:
    """A sum under its own name."""
    return model.named(name, model.logic.sum(values))


def cart_facts(model: Model, cells: Sequence[Cell]) -> dict[str, Term]:
    """The facts of a cart that follow from its lines."""
    lines = total_of(model, (cell.lines for cell in cells), "cart.lines")

    def sellers() -> Number:
        made = model.unknown("cart.sellers")
        model.logic.tell(made <= lines)
        model.logic.tell(model.logic.implies(lines > 0, made > 0))
        return made

    return {
        "cart.line_count": Measured(lines),
        "cart.item_count": Measured(total_of(model, (cell.units for cell in cells), "cart.units")),
        "cart.seller_count": Measured(model.once("sellers", [cell.lines for cell in cells], sellers)),
        "cart.weight_g": weight_of(model, cells),
    }


def weight_of(model: Model, cells: Sequence[Cell]) -> Measured:
    """Grams of all units; missing when one line has no weight."""
    weightless = model.logic.sum(cell.weightless for cell in cells)
    return Measured(total_of(model, (cell.weight for cell in cells), "weight"), weightless > 0)


def aggregate_of(model: Model, measure: Measure, cells: Sequence[Cell]) -> Measured:
    """One measure over some cells, after pricing."""
    if measure == "weight_g":
        return weight_of(model, cells)
    values = {
        "count": [cell.lines for cell in cells],
        "quantity": [cell.units for cell in cells],
        "subtotal": [cell.initial for cell in cells],
    }[measure]
    return Measured(total_of(model, values, "aggregate"))
