"""Are weights, volumes, durations and counts read with their units, below, at and above their limits?"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts.answers import Answer
from engine.facts.literals import (
    read_count,
    read_duration_seconds,
    read_volume,
    read_weight,
    show,
    show_duration,
)
from engine.facts.measures import LARGEST
from engine.facts.timezones import zone
from engine.text.nodes import Node, Scalar, Sequence
from engine.text.source import Span

HERE = Span("v", 1, 1, 1, 2)
Reader = Callable[[Node], Answer[int]]


def written(text: str, quoted: bool = False) -> Scalar:
    return Scalar(HERE, text, quoted)


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [
        (read_weight, "500g", 500),
        (read_weight, "0g", 0),
        (read_weight, "2kg", 2000),
        (read_weight, "31.5kg", 31_500),
        (read_weight, "0.001kg", 1),
        (read_weight, "2 kg", 2000),
        (read_volume, "4500cm3", 4500),
        (read_volume, "4.5l", 4500),
        (read_volume, "0.1m3", 100_000),
        (read_duration_seconds, "30s", 30),
        (read_duration_seconds, "15m", 900),
        (read_duration_seconds, "1.5h", 5400),
        (read_duration_seconds, "30d", 2_592_000),
        (read_count, "3", 3),
        (read_count, "0", 0),
    ],
)
def test_measure_becomes_whole_units(reader: Reader, text: str, value: int) -> None:
    assert reader(written(text)) == (value, None)
    assert reader(written(text, quoted=True)) == (value, None)


@pytest.mark.parametrize(
    ("reader", "text", "message", "hint"),
    [
        (read_weight, "500", "expected a weight, got the number 500", "add the unit: 500g or 500kg"),
        (
            read_weight,
            "heavy",
            "expected a weight, got the text 'heavy'",
            "write it with its unit, as in 500g or 2.5kg",
        ),
        (read_weight, "-1g", "expected a weight, got the text '-1g'", "write it with its unit, as in 500g or 2.5kg"),
        (read_weight, "2lb", "'lb' is not a unit of weight", "units of weight: g, kg"),
        (read_weight, "2KG", "'KG' is not a unit of weight", "did you mean 'kg'?"),
        (read_weight, "2 grams", "'grams' is not a unit of weight", "did you mean 'g'?"),
        (
            read_weight,
            "0.5g",
            "'0.5g' is not a whole number of grams",
            "it is never rounded for you; leave out decimals",
        ),
        (read_volume, "3cm", "'cm' is not a unit of volume", "did you mean 'cm3'?"),
        (
            read_duration_seconds,
            "15",
            "expected a duration, got the number 15",
            "add the unit: 15s or 15m",
        ),
        (read_duration_seconds, "15min", "'min' is not a unit of duration", "did you mean 'm'?"),
        (read_count, "many", "expected a whole number, got the text 'many'", "write it as in 3"),
        (read_count, "1.5", "expected a whole number, got the number 1.5", "write it as in 3"),
        (read_count, "-1", f"a count must be from 0 to {LARGEST}, got -1", ""),
    ],
)
def test_what_is_no_measure_says_why(reader: Reader, text: str, message: str, hint: str) -> None:
    value, fault = reader(written(text))
    assert value is None
    assert fault is not None
    assert (fault.message, fault.hint) == (message, hint)


@pytest.mark.parametrize(
    ("reader", "unit"), [(read_weight, "g"), (read_volume, "cm3"), (read_duration_seconds, "s"), (read_count, "")]
)
def test_largest_measure_is_read_and_one_more_refused(reader: Reader, unit: str) -> None:
    assert reader(written(f"{LARGEST - 1}{unit}"))[0] == LARGEST - 1
    assert reader(written(f"{LARGEST}{unit}"))[0] == LARGEST
    assert reader(written(f"{LARGEST + 1}{unit}"))[0] is None
    assert reader(written(f"{'9' * 60_000}{unit}"))[0] is None


@pytest.mark.parametrize("reader", [read_weight, read_volume, read_duration_seconds, read_count])
def test_list_is_no_measure(reader: Reader) -> None:
    value, fault = reader(Sequence(HERE, ()))
    assert value is None
    assert fault is not None
    assert "got a list" in fault.message


@pytest.mark.parametrize("text", ["٣g", "１kg", "1g\n2", "1_000g", "1e3g", "g", "1.g", ".5kg", "+1g"])
def test_other_digits_and_spellings_are_refused(text: str) -> None:
    assert read_weight(written(text, quoted=True))[0] is None


@given(st.integers(0, LARGEST))
def test_shown_measure_reads_as_itself(value: int) -> None:
    utc = zone("UTC")
    assert utc is not None
    assert read_weight(written(show(value, "weight", "", utc))) == (value, None)
    assert read_volume(written(show(value, "volume", "", utc))) == (value, None)
    assert read_count(written(show(value, "count", "", utc))) == (value, None)
    assert read_duration_seconds(written(show_duration(value))) == (value, None)


@pytest.mark.parametrize(
    ("grams", "shown"), [(0, "0g"), (999, "999g"), (1000, "1kg"), (31_500, "31.5kg"), (12_345, "12.345kg")]
)
def test_weight_is_shown_in_kilograms_from_one_on(grams: int, shown: str) -> None:
    utc = zone("UTC")
    assert utc is not None
    assert show(grams, "weight", "", utc) == shown
