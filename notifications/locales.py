"""How are amounts, times and countries written in a language? As people there write them, as CLDR has it.

A third language needs a column in each table here, a table of countries, and a file of texts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from engine.money import format_amount
from notifications.templates import LOCALES

_NO_BREAK: Final = "\u00a0"
_SYMBOLS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {"EUR": "€", "USD": "$", "GBP": "£", "BRL": "R$", "JPY": "¥"},
        "pt-BR": {"EUR": "€", "USD": "US$", "GBP": "£", "BRL": "R$", "JPY": "JP¥"},
    }
)
_MONTHS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December"),
        "pt-BR": ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
                  "novembro", "dezembro"),
    }
)  # fmt: skip
_DAY: Final = {"en": "{month} {day}, {year}", "pt-BR": "{day} de {month} de {year}"}
_MOMENT: Final = {"en": "{day} at {time}", "pt-BR": "{day} às {time}"}


def nearest(locale: str) -> str:
    """The one of our languages that somebody with this language tag reads best; English where nothing is near."""
    wanted = locale.lower()
    exact = (known for known in LOCALES if known.lower() == wanted)
    related = (known for known in LOCALES if _language(known) == _language(wanted))
    return next(exact, None) or next(related, LOCALES[0])


def money_text(minor: int, currency: str, locale: str) -> str:
    """An amount of minor units as people write it: 123456 EUR is €1,234.56, or € 1.234,56 in pt-BR."""
    sign = "-" if minor < 0 else ""
    whole, point, part = format_amount(abs(minor), currency).partition(".")
    grouped = f"{int(whole):,}"
    symbol = _SYMBOLS[locale].get(currency)
    if locale == "pt-BR":
        return f"{sign}{symbol or currency}{_NO_BREAK}{grouped.replace(',', '.')}{',' if point else ''}{part}"
    return f"{sign}{symbol or currency + _NO_BREAK}{grouped}{point}{part}"


def day_text(moment: datetime, timezone: str, locale: str) -> str:
    """The day it is then in the zone."""
    there = moment.astimezone(ZoneInfo(timezone))
    return _DAY[locale].format(day=there.day, month=_MONTHS[locale][there.month - 1], year=there.year)


def moment_text(moment: datetime, timezone: str, locale: str) -> str:
    """Day and time in the zone, to the minute."""
    there = moment.astimezone(ZoneInfo(timezone))
    return _MOMENT[locale].format(day=day_text(moment, timezone, locale), time=f"{there.hour:02d}:{there.minute:02d}")


def country_text(code: str, locale: str) -> str:
    """What the country with this ISO 3166-1 code is called; a code that nobody knows is told as it is."""
    return _countries()[locale].get(code.upper(), code)


@cache
def _countries() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((Path(__file__).with_name("templates") / "countries.toml").read_text("utf-8"))


def _language(tag: str) -> str:
    return tag.partition("-")[0].lower()
