"""How is a cell of a foreign table read, and what if it cannot be?"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from engine.imports.csv_rows import Row
from engine.money import BadAmount, parse_amount
from engine.text.diagnostics import Diagnostic, error

Value = TypeVar("Value")

_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


class CellReader:
    """Reads the cells of one row and remembers every fault; use the values only when `ok` is true."""

    def __init__(self, row: Row, diagnostics: list[Diagnostic]) -> None:
        self._row = row
        self._diagnostics = diagnostics
        self.ok = True

    def grams(self, column: str) -> int:
        """A whole number of grams, 0 to 999,999,999."""
        return self._read(column, _whole_number, 0, "a whole number of grams, such as 500")

    def centimetres(self, column: str) -> int:
        """A whole number of centimetres, 0 to 999,999,999."""
        return self._read(column, _whole_number, 0, "a whole number of centimetres, such as 60")

    def money(self, column: str, currency: str) -> int:
        """A price that is not negative, in minor units of `currency`."""
        return self._read(column, lambda text: _price(text, currency), 0, f"a price in {currency}")

    def day(self, column: str) -> date:
        """A calendar day, ISO 8601 (2014-10-20)."""
        return self._read(column, date.fromisoformat, date.min, "a day such as 2014-10-20")

    def country(self, column: str) -> str:
        """Two capital letters, as ISO 3166-1 alpha-2 has them; whether the country exists is not asked."""
        return self._read(column, _country, "", "an ISO 3166-1 code of two capital letters, such as DE")

    def refuse(self, column: str, message: str, hint: str) -> None:
        """Report a fault of a cell that the caller found."""
        self.ok = False
        self._diagnostics.append(error("RS804", message, self._row.span(column), hint=hint))

    def _read(self, column: str, read: Callable[[str], Value], otherwise: Value, wanted: str) -> Value:
        text = self._row[column]
        try:
            return read(text)
        except BadAmount as fault:
            self.refuse(column, fault.message, fault.hint)
        except ValueError:
            self.refuse(column, f"{column}: {text!r} cannot be read", f"expected {wanted}")
        return otherwise


def _whole_number(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _price(text: str, currency: str) -> int:
    amount = parse_amount(text, currency)
    if amount < 0:
        raise ValueError(text)
    return amount


def _country(text: str) -> str:
    if not _COUNTRY.fullmatch(text):
        raise ValueError(text)
    return text
