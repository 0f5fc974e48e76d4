"""How much of a tariff's limit on the sides of a parcel can a ruleset say?"""

from __future__ import annotations

from dataclasses import dataclass

from engine.imports.cells import CellReader
from engine.imports.csv_rows import CsvTable, Row
from engine.imports.yaml_lines import Value, YamlLines
from engine.text.diagnostics import Diagnostic, error
from engine.text.flow import Plain

_SIDES = ("length_cm", "width_cm", "height_cm", "depth_cm")


@dataclass(frozen=True, slots=True)
class ParcelSize:
    """The box that every row of a tariff allows, three sides in centimetres."""

    row: Row
    sides: tuple[int, int, int]

    @property
    def volume(self) -> int:
        """Cubic centimetres; what is larger fits in no such box, what is smaller may still not fit."""
        return self.sides[0] * self.sides[1] * self.sides[2]

    def __str__(self) -> str:
        return " × ".join(map(str, self.sides)) + " cm"


def read_parcel_size(table: CsvTable, diagnostics: list[Diagnostic]) -> ParcelSize | None:
    """The one box of all rows; None when there is none or they differ. Both cases are told (RS808)."""
    columns = [column for column in _SIDES if table.rows and column in table.rows[0].cells]
    boxes: dict[tuple[str, ...], Row] = {}
    for row in table.rows:
        boxes.setdefault(tuple(row[column] for column in columns if row[column]), row)
    if not any(boxes):
        return None
    box, first = next(iter(boxes.items()))
    if len(boxes) > 1 or len(box) != 3:
        diagnostics.append(_not_said(first, "the sides of a parcel differ from row to row and are left out"))
        return None
    cells = CellReader(first, diagnostics)
    sides = [cells.centimetres(column) for column in columns if first[column]]
    if not cells.ok:
        return None
    size = ParcelSize(first, (sides[0], sides[1], sides[2]))
    diagnostics.append(
        _not_said(first, f"a parcel of at most {size} is written as a volume of at most {size.volume} cm³")
    )
    return size


def write_size_refusal(lines: YamlLines, size: ParcelSize) -> None:
    """The key `refuse`: volumes that cannot fit. A shipment of unknown volume is not refused."""
    lines.line("refuse:")
    lines.comment(f"The source allows {size}. Sides are no facts: only what is too large in any shape is refused.", 2)
    volume = Plain(f"{size.volume}cm3")
    rule: Value = {
        "id": "too-large",
        "when": {"shipment.volume_cm3": {"more_than": volume}},
        "code": "too_large",
    }
    lines.item(rule, 2, size.row.place)


def _not_said(row: Row, message: str) -> Diagnostic:
    return error("RS808", message, row.span(), hint="no fact holds the sides of a parcel")
