"""A regular expression over postcodes is translated exactly, or not at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.imports.postcode_patterns import POSTCODE_LENGTHS, Postcodes, Untranslatable, translate

PIECES = st.builds(
    lambda chosen, count: chosen + count,
    st.sampled_from(["0", "7", "[0-4]", "[13]", "[5-79]", r"\d"]),
    st.sampled_from(["", "", "", "{2}", "{2,}", "{1,3}"]),
)
PATTERNS = st.lists(st.lists(PIECES, min_size=1, max_size=4).map("".join), min_size=1, max_size=3).map("|".join)


@pytest.mark.parametrize(
    ("pattern", "country", "expected"),
    [
        (r"(35\d{3}|38\d{3})", "ES", Postcodes(prefixes=("35", "38"))),
        (
            "(5100[1-5]|5107[0-1]|51081)",
            "ES",
            Postcodes(("51001", "51002", "51003", "51004", "51005", "51070", "51071", "51081")),
        ),
        (r"971\d{2,}", "FR", Postcodes(prefixes=("971",))),
        (r"9[0-4]\d{2,}", "PT", Postcodes(prefixes=("90", "91", "92", "93", "94"))),
        ("699[123]", "AT", Postcodes(("6991", "6992", "6993"))),
        ("22061", "IT", Postcodes(("22061",))),
        (r"1\d{3}|2000", "AT", Postcodes(("2000",), ("1",))),
    ],
)
def test_patterns_of_the_tax_table_become_lists_and_prefixes(pattern, country, expected):
    assert translate(pattern, country) == expected


@pytest.mark.parametrize(
    ("pattern", "country", "reason"),
    [
        ("9.*", "FR", "'.*' is not digits"),
        ("(35|38)[0-9]", "ES", "'(35' is not digits"),
        ("[a-z]1", "FR", "'[a-z]1' is not digits"),
        (r"35\d{2}", "ES", "can have 5 digits"),
        (r"35\d{4,}", "ES", "can have 5 digits"),
        (r"9\d{3}", "PT", "can have 7 digits"),
        (r"9\d{3}", "GB", "is not known here"),
        (r"1{1,2}\d{3}", "AT", "varies before its end"),
        (r"\d{5}", "FR", "names no digit"),
        ("", "FR", "empty"),
        ("1|", "FR", "empty"),
        ("[9-0]", "FR", "ends before it starts"),
        ("1{3,2}", "FR", "counts to no length"),
        ("1{99}", "FR", "counts to no length"),
        (r"\d{4}1", "FR", "more than 200"),
    ],
)
def test_what_no_list_of_prefixes_means_is_refused_with_its_reason(pattern, country, reason):
    with pytest.raises(Untranslatable, match=re.escape(reason)):
        translate(pattern, country)


@given(PATTERNS, st.sampled_from(["AT", "PT", "BE"]), st.data())
def test_a_translation_matches_exactly_the_postcodes_of_the_country_that_the_pattern_matches(pattern, country, data):
    try:
        found = translate(pattern, country)
    except Untranslatable:
        return
    lengths = POSTCODE_LENGTHS[country]
    number = st.integers(0, 9_999_999)
    postcode = data.draw(st.builds(lambda n, length: f"{n:07}"[-length:], number, st.sampled_from(lengths)))
    near = [postcode, *(prefix + postcode[len(prefix) :] for prefix in found.prefixes), *found.listed]

    for candidate in near:
        if len(candidate) in lengths:
            meant = candidate in found.listed or candidate.startswith(found.prefixes)
            assert meant == bool(re.fullmatch(f"(?:{pattern})", candidate)), candidate
