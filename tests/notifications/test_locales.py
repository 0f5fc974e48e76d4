"""How are amounts and times written in mails?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import format_amount
from notifications.locales import day_text, moment_text, money_text
from notifications.templates import LOCALES


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "written"),
    [
        (0, "EUR", "en", "€0.00"),
        (123_456, "EUR", "en", "€1,234.56"),
        (123_456, "EUR", "pt-BR", "€\u00a01.234,56"),
        (-5, "BRL", "pt-BR", "-R$\u00a00,05"),
        (1_234_567, "JPY", "en", "¥1,234,567"),
        (1_234_567, "JPY", "pt-BR", "JP¥\u00a01.234.567"),
        (1_234, "CHF", "en", "CHF\u00a012.34"),
        (1_234_567, "KWD", "pt-BR", "KWD\u00a01.234,567"),
    ],
)
def test_amounts_are_written_as_people_there_do(minor: int, currency: str, locale: str, written: str) -> None:
    assert money_text(minor, currency, locale) == written


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "BRL", "JPY", "KWD"]), st.sampled_from(LOCALES))
def test_amounts_keep_every_digit(minor: int, currency: str, locale: str) -> None:
    written = money_text(minor, currency, locale)
    assert [each for each in written if each.isdigit()] == [
        each for each in format_amount(minor, currency) if each.isdigit()
    ]
    assert ("-" in written) == (minor < 0)


def test_times_are_those_of_the_shop() -> None:
    late = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
    assert day_text(late, "America/Sao_Paulo", "en") == "March 9, 2026"
    assert moment_text(late, "America/Sao_Paulo", "pt-BR") == "9 de março de 2026 às 22:30"
    assert moment_text(late, "UTC", "en") == "March 10, 2026 at 01:30"
