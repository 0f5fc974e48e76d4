"""How are amounts, times and countries written in mails?"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import format_amount
from notifications.locales import country_text, day_text, moment_text, money_text
from notifications.templates import LOCALES
from tests.conftest import CHECKOUT

COUNTRIES: Final = CHECKOUT / "notifications" / "templates" / "countries.toml"


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


def test_countries_are_called_what_people_there_call_them() -> None:
    assert [country_text("DE", locale) for locale in LOCALES] == ["Germany", "Alemanha"]
    assert country_text("br", "en") == "Brazil"
    assert country_text("XX", "en") == "XX"


def test_every_language_has_a_name_for_the_same_countries() -> None:
    tables = tomllib.loads(COUNTRIES.read_text("utf-8"))
    assert tables.keys() == set(LOCALES)
    assert all(len(codes) >= 249 for codes in tables.values())
    assert len({tuple(codes) for codes in tables.values()}) == 1
