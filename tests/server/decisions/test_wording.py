"""Which of the texts of a rule does a customer read?"""

from __future__ import annotations

import pytest

from server.decisions.books import LiveBook
from server.decisions.wording import in_language

TEXTS = {"en": "socks", "pt-BR": "meias", "ja": "靴下"}


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "socks"),
        ("en-GB", "socks"),
        ("pt-BR", "meias"),
        ("PT-br", "meias"),
        ("pt", "meias"),
        ("pt-PT", "meias"),
        ("ja", "靴下"),
        ("ja-JP", "靴下"),
        ("de", "socks"),  # nobody wrote German
        ("x", "socks"),
    ],
)
def test_a_text_is_in_the_nearest_language_there_is(locale: str, text: str) -> None:
    assert in_language(TEXTS, locale) == text


def test_without_english_any_language_is_better_than_none() -> None:
    assert in_language({"ja": "靴下"}, "de") == "靴下"
    assert in_language({}, "de") == ""


def test_rules_methods_and_refusals_of_the_book_have_their_words(live: LiveBook) -> None:
    label = live.wording.label
    assert label("promotions", "ten-off-150", "en") == "10% off from R$ 150"
    assert label("coupons", "welcome", "pt-BR") == "10% na primeira compra"
    assert label("shipping", "standard", "pt-BR") == "Normal"
    assert live.wording.label_of_any("standard.free_from", "pt-BR") == "Normal"


def test_a_rule_without_words_has_no_label(live: LiveBook) -> None:
    assert live.wording.label("promotions", "no-such-rule", "en") == ""
    assert live.wording.label_of_any("no-such-rule", "en") == ""
