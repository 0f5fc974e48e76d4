"""Do unquoted scalars mean what YAML 1.2 core says, without floats and without surprises?"""

from decimal import Decimal

import pytest

from engine.text.plain_scalars import PlainValue, number_fault, plain_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("true", True),
        ("False", False),
        ("0", 0),
        ("-0", 0),
        ("-17", -17),
        ("9" * 30, 10**30 - 1),
        ("1.50", Decimal("1.50")),
        ("-0.10", Decimal("-0.10")),
    ],
)
def test_core_schema_values_are_exact(text: str, value: PlainValue) -> None:
    read = plain_value(text)
    assert read == value
    assert type(read) is type(value)
    assert str(read) == str(value)


@pytest.mark.parametrize(
    "text",
    [
        *("NO", "no", "yes", "on", "off", "nuLL", "tRUE"),
        *("01310", "-01", "00.5", "1_000", "12:30", "2026-11-01", "0b1", "1.2.3", "-", "+", "--1", "½", "१२"),
    ],
)
def test_anything_else_is_text_and_no_fault(text: str) -> None:
    assert plain_value(text) == text
    assert number_fault(text) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        *((text, "exponent") for text in ("1e3", "1E+3", "-1.5e-2", ".5e1", "12e4", "5.e1")),
        *((text, "radix") for text in ("0x1F", "0o17", "-0x1")),
        *((text, "not_finite") for text in (".inf", "-.INF", "+.Inf", ".nan", ".NaN")),
        *((text, "digits") for text in ("1" * 31, "-" + "1" * 31, "1." + "0" * 30)),
        *((text, "spelling") for text in ("+5", "+5.0", ".5", "-.5", "5.", "0.")),
    ],
)
def test_numbers_that_readers_disagree_about_are_faults(text: str, fault: str) -> None:
    assert number_fault(text) == fault
    assert plain_value(text) == text
