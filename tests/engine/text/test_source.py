"""Are places in a text counted as an editor counts them?"""

from engine.text.source import Source, Span


def test_span_reads_as_name_line_column() -> None:
    assert str(Span("rules/promotions/v1.yaml", 12, 7, 12, 30)) == "rules/promotions/v1.yaml:12:7"


def test_spans_order_by_source_then_place() -> None:
    spans = [Span("b", 1, 1, 1, 2), Span("a", 2, 1, 2, 2), Span("a", 1, 9, 1, 10)]
    assert sorted(spans) == [spans[2], spans[1], spans[0]]


def test_every_kind_of_line_break_ends_a_line() -> None:
    source = Source("x", "one\ntwo\r\nthree\rfour")
    assert [source.line(number) for number in range(6)] == ["", "one", "two", "three", "four", ""]


def test_text_with_final_break_ends_in_an_empty_line() -> None:
    assert Source("x", "one\n").line(2) == ""


def test_leading_byte_order_mark_takes_no_column() -> None:
    source = Source("x", "\ufeffkey: 1")
    assert source.line(1) == "key: 1"
    assert source.span(0, 3) == Span("x", 1, 1, 1, 4)


def test_span_of_offsets_counts_lines_and_columns_from_one() -> None:
    assert Source("x", "ab\r\ncd").span(1, 5) == Span("x", 1, 2, 2, 2)


def test_until_joins_two_spans() -> None:
    assert Span("x", 1, 2, 1, 3).until(Span("x", 4, 1, 5, 9)) == Span("x", 1, 2, 5, 9)
