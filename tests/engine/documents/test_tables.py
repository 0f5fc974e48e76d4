"""Is a CSV table read cell by cell, with the place of each cell?"""

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.documents.head import begin
from engine.documents.model import AnyDocument, Method, ShippingDocument, Table
from engine.documents.read import ReadContext, read_document
from engine.documents.tables import grid_of_csv
from engine.documents.values import ValueReader
from engine.text.diagnostics import Diagnostic
from engine.text.faults import Faults
from engine.text.load import load
from engine.text.nodes import Mapping
from engine.text.source import Source

HEAD = "ruleset: shipping\nname: a\nversion: 1\nvocabulary: checkout/1\ncurrency: BRL\n"
Reading = tuple[AnyDocument | None, list[Diagnostic]]
ReadTable = Callable[..., Reading]


@pytest.fixture(scope="module")
def read_table(context: ReadContext) -> ReadTable:
    def read(table: str, rate: str = "{table: t.csv}", more: str = "") -> Reading:
        text = f"{HEAD}{more}zones: [{{id: local, where: {{}}}}]\nmethods: [{{id: a, rate: {rate}}}]\n"
        node = load(Source("a.yaml", text)).node
        assert node is not None
        tables = {"t.csv": Source("t.csv", table)}
        return read_document(node, ReadContext(context.vocabularies, tables.get))

    return read


def rate_of(document: AnyDocument | None) -> Table:
    assert isinstance(document, ShippingDocument)
    method: Method = document.methods[0]
    rate = method.rates[""]
    assert isinstance(rate, Table)
    return rate


CELLS = st.text(alphabet='ab ,"\n;é', max_size=5)


@given(rows=st.lists(st.lists(CELLS.map(str.strip), min_size=2, max_size=2), min_size=1, max_size=5))
def test_cells_are_those_the_csv_module_reads(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    faults = Faults(50)
    grid = grid_of_csv(value_reader(faults), Source("t.csv", written.getvalue()))
    assert grid is not None
    assert not faults.has_errors
    found = [[cell.text for cell in row] for row in (grid.columns, *grid.rows)]
    assert found == rows


def value_reader(faults: Faults) -> ValueReader:
    node = load(Source("a.yaml", HEAD)).node
    assert isinstance(node, Mapping)
    begun = begin(node, "shipping", ReadContext({}, lambda _path: None), Faults(50))
    return ValueReader(begun.head, begun.zone, faults)


def test_cells_know_their_place() -> None:
    values = value_reader(Faults(50))
    grid = grid_of_csv(values, Source("t.csv", 'a,"b ""c""",\r\n\r\n1, 2 ,3\n'))
    assert grid is not None
    assert [cell.text for cell in grid.columns] == ["a", 'b "c"', ""]
    assert [cell.text for cell in grid.rows[0]] == ["1", "2", "3"]
    assert [str(cell.span) for cell in grid.rows[0]] == ["t.csv:3:1", "t.csv:3:3", "t.csv:3:7"]
    assert not values.faults.has_errors


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("", ["RS331"]),
        ("destination.country\nBR\n", ["RS331"]),
        ("price,price\n1,1\n", ["RS331"]),
        ("destination.country:above,price\nBR,1\n", ["RS331"]),
        ("destination.country:from,price\nBR,1\n", ["RS307"]),
        ("price,plus\n1,1\n", ["RS331"]),
        ("destination.land,price\nBR,1\n", ["RS303"]),
        ("total,price\n1,1\n", ["RS305"]),
        ("line.sku,price\n1,1\n", ["RS304"]),
        ("price\n1,2\n", ["RS332"]),
        ('price\n"1\n', ["RS332"]),
        ("price\n1.999\n", ["RS310"]),
        ("price\n-1\n", ["RS327"]),
        ("price,days\n1,soon\n1,9-3\n", ["RS332", "RS332"]),
        ("zone,price\nlokal,1\n", ["RS321"]),
        ("shipment.weight_g:from,shipment.weight_g:below,price\n2kg,1kg,1\n", ["RS319"]),
        ("shipment.weight_g:from,price\n2,1\n", ["RS312"]),
        ("price,plus,per\n1,1,1kg\n", ["RS323"]),
        ("subtotal.after_discounts:from,price\n1,1\n", ["RS322"]),
    ],
)
def test_a_faulty_table_is_located(read_table: ReadTable, table: str, codes: list[str]) -> None:
    document, findings = read_table(table)
    assert document is None
    assert [finding.code for finding in findings] == codes
    assert all(finding.span is not None for finding in findings)


def test_a_table_that_is_nowhere_is_reported(read_table: ReadTable) -> None:
    document, findings = read_table("", "{table: other.csv}")
    assert document is None
    assert [(finding.code, finding.message) for finding in findings] == [("RS330", "there is no table 'other.csv'")]


def test_money_columns_take_the_tax_of_the_rate(read_table: ReadTable) -> None:
    document, findings = read_table("subtotal.after_discounts:from,price\n10.00,1\n", "{table: t.csv, tax: included}")
    table = rate_of(document)
    assert findings == []
    (test,) = [row.where for row in table.rows]
    assert getattr(test, "fact", "") == "subtotal.after_discounts.gross"


def test_by_says_which_fact_the_steps_measure(read_table: ReadTable) -> None:
    columns = "shipment.weight_g:from,shipment.item_count:from,price,plus,per\n1kg,2,5.00,1.00,"
    document, findings = read_table(f"{columns}3\n", "{table: t.csv, by: shipment.item_count}")
    assert findings == []
    table = rate_of(document)
    assert table.by == "shipment.item_count"
    step = table.rows[0].step
    assert step is not None
    assert (step.plus, step.per, step.over) == (100, 3, 2)


def test_a_table_used_twice_is_read_once(read_table: ReadTable) -> None:
    document, findings = read_table("price\nfree\n", "{table: t.csv}, rates: {local: {table: t.csv}}")
    assert document is None
    assert [finding.code for finding in findings] == ["RS310"]
