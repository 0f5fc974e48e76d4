"""Are findings ordered, counted and given to machines as promised?"""

from engine.text.diagnostics import (
    Diagnostic,
    Related,
    Severity,
    as_json,
    error,
    has_errors,
    report,
    warning,
)
from engine.text.source import Span


def at(line: int, severity: Severity = "error") -> Diagnostic:
    return Diagnostic("RS999", f"finding {line}", Span("x", line, 1, line, 2), severity=severity)


def test_severity_comes_from_the_registered_code() -> None:
    assert warning("RS106", "twice", None).severity == "error"
    assert error("RS125", "reordered", None).severity == "warning"


def test_stated_severity_and_unknown_codes_are_respected() -> None:
    assert error("RS106", "twice", None, severity="note").severity == "note"
    assert error("RS000", "?", None).severity == "error"
    assert warning("RS000", "?", None).severity == "warning"


def test_only_errors_are_errors() -> None:
    assert has_errors([at(1, "warning"), at(2)])
    assert not has_errors([at(1, "warning"), at(2, "note")])


def test_report_is_in_reading_order_without_repetitions() -> None:
    whole = Diagnostic("RS999", "about the file", None)
    assert report([at(2), at(1), whole, at(2)]) == (whole, at(1), at(2))


def test_report_at_the_cap_is_complete() -> None:
    findings = tuple(map(at, range(1, 51)))
    assert report(findings) == findings


def test_report_above_the_cap_says_how_many_are_left_out() -> None:
    *shown, note = report(map(at, range(1, 53)))
    assert shown == [at(line) for line in range(1, 51)]
    assert (note.code, note.severity, note.message) == ("RS145", "note", "2 more findings are not shown")


def test_errors_win_over_warnings_when_not_all_fit() -> None:
    *shown, note = report([at(1, "warning"), at(2, "note"), at(3)], cap=2)
    assert shown == [at(1, "warning"), at(3)]
    assert note.message == "1 more finding is not shown"


def test_json_leaves_out_what_is_empty() -> None:
    assert as_json(Diagnostic("RS104", "the document is empty", None)) == {
        "code": "RS104",
        "severity": "error",
        "message": "the document is empty",
    }


def test_json_holds_all_there_is() -> None:
    first = Span("x", 1, 1, 1, 4)
    finding = Diagnostic("RS106", "twice", Span("x", 3, 1, 3, 4), "keep one", "{}", (Related(first, "first"),))
    assert as_json(finding) == {
        "code": "RS106",
        "severity": "error",
        "message": "twice",
        "span": {"source": "x", "line": 3, "column": 1, "end_line": 3, "end_column": 4},
        "hint": "keep one",
        "witness": "{}",
        "related": [
            {
                "span": {"source": "x", "line": 1, "column": 1, "end_line": 1, "end_column": 4},
                "message": "first",
            }
        ],
    }
