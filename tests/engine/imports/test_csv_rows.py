"""A foreign table is read row by row, and what cannot be read is told with its place."""

from engine.imports.csv_rows import read_csv
from engine.text.source import Source

COLUMNS = ("zone", "country")


def test_rows_know_their_line_and_cell():
    table = read_csv(Source("z.csv", "zone,country\n1,AT\n\n2, DE \n"), COLUMNS)

    assert [(row["zone"], row["country"], row.place) for row in table.rows] == [
        ("1", "AT", "z.csv:2"),
        ("2", "DE", "z.csv:4"),
    ]
    assert str(table.rows[1].span("country")) == "z.csv:4:3"
    assert table.diagnostics == ()


def test_columns_may_stand_in_any_order_and_more_of_them_are_kept():
    table = read_csv(Source("z.csv", "name,country,zone\r\nx,AT,1\r\n"), COLUMNS)

    assert table.rows[0].cells == {"name": "x", "country": "AT", "zone": "1"}
    assert table.rows[0].line == 2


def test_a_missing_column_is_told_once_with_a_suggestion_and_no_row_is_read():
    table = read_csv(Source("z.csv", "zone,countri\n1,AT\n"), COLUMNS)

    assert [(fault.code, fault.message, fault.hint) for fault in table.diagnostics] == [
        ("RS802", "column 'country' is missing", "did you mean 'countri'?")
    ]
    assert table.read == 0


def test_an_empty_text_lacks_every_column():
    assert [fault.code for fault in read_csv(Source("z.csv", ""), COLUMNS).diagnostics] == ["RS802", "RS802"]


def test_a_row_of_another_width_is_told_and_counted_and_the_others_are_read():
    table = read_csv(Source("z.csv", "zone,country\n1,AT,BE\n2,DE\n3\n"), COLUMNS)

    assert [(fault.code, fault.span.line) for fault in table.unreadable if fault.span] == [
        ("RS803", 2),
        ("RS803", 4),
    ]
    assert [row["country"] for row in table.rows] == ["DE"]
    assert table.read == 3


def test_line_numbers_hold_after_a_cell_with_a_line_break():
    table = read_csv(Source("z.csv", 'zone,country\n"a\nb",AT\n2,DE\n'), COLUMNS)

    assert [row.line for row in table.rows] == [2, 4]
    assert str(table.rows[0].span("country")) == "z.csv:2:1"  # the cell is not on this line: the line is shown


def test_a_quote_that_is_never_closed_is_told_where_it_opens():
    table = read_csv(Source("z.csv", 'zone,country\n1,AT\n"2,DE\n3,FR\n'), COLUMNS)

    assert [(fault.code, fault.span.line) for fault in table.faults if fault.span] == [("RS801", 3)]
    assert len(table.rows) == 1
