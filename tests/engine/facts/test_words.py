"""Do equal codes, postcodes and categories compare equal, and is everything else refused or kept as written?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts.literals import LiteralContext, category_key, fold_code, fold_postcode, read_literal, show
from engine.facts.timezones import zone
from engine.facts.vocabulary import FactType
from engine.text.diagnostics import Diagnostic
from engine.text.nodes import Mapping, Scalar
from engine.text.source import Span

HERE = Span("v", 1, 1, 1, 2)
ISO_HINT = "use the ISO 3166-1 code, such as BR or GB"


def read(text: str, fact_type: FactType, quoted: bool = False) -> tuple[int | str | None, Diagnostic | None]:
    return read_literal(Scalar(HERE, text, quoted), fact_type, context())


def context() -> LiteralContext:
    utc = zone("UTC")
    assert utc is not None
    return LiteralContext("EUR", utc)


@pytest.mark.parametrize(
    ("text", "fact_type", "key"),
    [
        ("vip", "code", "vip"),
        ("NO", "code", "NO"),
        ("85123", "code", "85123"),
        ("1.50", "code", "1.50"),
        ("75", "region", "75"),
        ("NO", "country", "NO"),
        ("01310-100", "postcode", "01310100"),
        ("10115", "postcode", "10115"),
        ("sw1a 1aa", "postcode", "SW1A1AA"),
        ("１５０−０００１", "postcode", "1500001"),
        ("clothing/socks", "category", "clothing/socks/"),
        ("/clothing/", "category", "clothing/"),
        ("true", "boolean", 1),
        ("false", "boolean", 0),
    ],
)
def test_word_becomes_its_key(text: str, fact_type: FactType, key: str | int) -> None:
    assert read(text, fact_type) == (key, None)


@pytest.mark.parametrize(
    ("text", "fact_type", "message", "hint"),
    [
        ("5", "country", "expected a country (two capital letters), got the number 5", ISO_HINT),
        ("br", "country", "expected a country (two capital letters), got the text 'br'", "write BR"),
        ("true", "code", "expected a code (text), got true", 'write it in quotes: "true"'),
        ("null", "code", "expected a code (text), got nothing", "write it as in vip"),
        ("-", "postcode", "expected a postcode (text), got the text '-'", 'write it as in "01310-100"'),
        ("a//b", "category", "expected a category (a path), got the text 'a//b'", "write it as in clothing/socks"),
        ("/", "category", "expected a category (a path), got the text '/'", "write it as in clothing/socks"),
        ("yes", "boolean", "expected true or false, got the text 'yes'", "write true without quotes"),
        ("1", "boolean", "expected true or false, got the number 1", "write it as in true"),
    ],
)
def test_value_of_another_type_says_what_was_expected(text: str, fact_type: FactType, message: str, hint: str) -> None:
    key, fault = read(text, fact_type)
    assert key is None
    assert fault is not None
    assert (fault.code, fault.message, fault.hint) == ("RS315", message, hint)


def test_map_is_no_word() -> None:
    key, fault = read_literal(Mapping(HERE, ()), "code", context())
    assert key is None
    assert fault is not None
    assert fault.message == "expected a code (text), got a map"


def test_long_value_is_cut_in_the_message() -> None:
    _, fault = read("x" * 1000, "country")
    assert fault is not None
    assert len(fault.message) < 120


@pytest.mark.parametrize("written", ["WELCOME10", " welcome10\n", "ＷＥＬＣＯＭＥ１０", "Welcome10"])
def test_coupon_codes_compare_trimmed_folded_and_without_case(written: str) -> None:
    assert fold_code(written) == "welcome10"


def test_sharp_s_folds_to_two_letters() -> None:
    assert fold_code("STRAẞE") == fold_code("strasse")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_code(fold_code(text)) == fold_code(text)
    assert fold_postcode(fold_postcode(text)) == fold_postcode(text)


@given(st.text(), st.sampled_from(["code", "text", "region", "postcode", "category", "country"]))
def test_shown_word_reads_as_itself(text: str, fact_type: FactType) -> None:
    key, fault = read(text, fact_type, quoted=True)
    if key is None:
        assert fault is not None
        return
    assert read(show(key, fact_type, "EUR", context().timezone), fact_type, quoted=True) == (key, None)


def test_category_and_its_descendants_share_a_prefix_and_siblings_do_not() -> None:
    assert category_key("clothing/socks").startswith(category_key("clothing"))
    assert not category_key("clothing-new/socks").startswith(category_key("clothing"))
