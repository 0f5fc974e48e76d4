"""How facts, keys and reasons are written for people: with the types of the vocabulary, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from engine.facts.literals import show
from engine.facts.timezones import zone
from engine.facts.vocabulary import FactType, Vocabulary
from engine.runtime.decision import Key, Reason

_MEASURES: Final[Mapping[str, FactType]] = {
    "quantity": "count",
    "count": "count",
    "subtotal": "money",
    "weight_g": "weight",
}
_WORDS: Final[Mapping[str, str]] = {
    "is": "be",
    "not": "be other than",
    "at_least": "be at least",
    "more_than": "be more than",
    "at_most": "be at most",
    "less_than": "be less than",
    "between": "be between",
    "in": "be one of",
    "not_in": "be none of",
    "starts_with": "start with",
    "under": "be in",
    "any_of": "have any of",
    "all_of": "have all of",
    "none_of": "have none of",
}
_WITHOUT_DISTANCE: Final[frozenset[FactType]] = frozenset({"weekday", "instant", "boolean"})
"""What may be compared, but how far it is from each other is nothing that an author would write."""


class Shown:
    """Writes keys of one vocabulary in one currency and time zone; amounts by `money` where it is given."""

    def __init__(
        self,
        vocabulary: Vocabulary | None,
        currency: str,
        timezone: str = "UTC",
        money: Callable[[int], str] | None = None,
    ) -> None:
        self._vocabulary = vocabulary
        self._currency = currency
        self._money = money
        found = zone(timezone) or zone("UTC")
        assert found is not None, "the time zone data has no UTC"
        self._timezone = found

    def type_of(self, fact: str) -> FactType:
        """The type of a fact; aggregates have that of their measure, attributes unknown here are codes."""
        found = None if self._vocabulary is None else self._vocabulary.find(fact)
        if found is not None:
            return found.type
        return _MEASURES.get(fact.rpartition(".")[2], "code") if fact.startswith("lines[") else "code"

    def value(self, fact: str, key: Key) -> str:
        """A key of the fact as an author would write it."""
        return show(key, self.type_of(fact), self._currency, self._timezone)

    def money(self, minor: int) -> str:
        """An amount as a decimal string, unless it is written in another way here."""
        return show(minor, "money", self._currency, self._timezone) if self._money is None else self._money(minor)

    def instant(self, microseconds: int) -> str:
        """A local date and time."""
        return show(microseconds, "instant", self._currency, self._timezone)

    def text(self, fact: str, raw: str) -> str:
        """A key that travelled as text in the parameters of a reason."""
        number = raw.lstrip("-")
        if number.isascii() and number.isdigit() and self._is_number(fact):
            return self.value(fact, int(raw))
        return self.value(fact, raw) if raw else "missing"

    def reason(self, reason: Reason) -> str:
        """One reason in words: what is wanted, what is there, how far it is."""
        params = reason.params
        fact = params.get("fact", "")
        match reason.code:
            case "condition":
                return self._condition(reason, fact)
            case "fact_missing":
                on_line = f" (line {params['line']})" if "line" in params else ""
                return f"{fact} is not known{on_line}"
            case "no_band" | "above_limit":
                limit = f", the limit is {self.text(fact, params['limit'])}" if "limit" in params else ""
                return f"no price for {fact} = {self.text(fact, params.get('value', ''))}{limit}"
            case "coupon_expired" | "ended":
                return f"expired at {self.instant(int(params['until']))}"
            case "coupon_not_started" | "not_started":
                return f"valid from {self.instant(int(params['from']))}"
            case "below_first_tier" if fact:
                begins = f"the first tier begins at {fact} {self.text(fact, params['from'])}"
                return f"{begins}; it is {self.text(fact, params['value'])}"
            case "below_first_tier":
                return f"the first tier begins at {params['from']} units; there are {params['units']}"
            case "group_incomplete":
                return _incomplete(params)
            case "already_cheaper":
                than = f" than {self.money(int(params['price']))}" if "price" in params else ""
                return f"the price is no higher{than} without it"
            case "no_method":
                return "no way of shipping is decided"
            case "other_method":
                return f"it is for {params['methods']}, and shipping is by {params['method']}"
            case _:
                details = ", ".join(f"{name} {value}" for name, value in params.items())
                words = reason.code.replace("_", " ")
                return f"{words} ({details})" if details else words

    def _condition(self, reason: Reason, fact: str) -> str:
        params = reason.params
        operator = params["operator"].removeprefix("not ")
        must = "must not" if params["operator"].startswith("not ") else "must"
        if operator == "known":
            return f"{fact} {must} be {'known' if params['wanted'] == '1' else 'unknown'}"
        wanted = [self.text(fact, each) for each in params["wanted"].split(" ") if each]
        joined = " and ".join(wanted) if operator == "between" else ", ".join(wanted)
        return f"{fact} {must} {_WORDS[operator]} {joined}; {self._there(reason, fact)}"

    def _there(self, reason: Reason, fact: str) -> str:
        value = reason.params["value"]
        there = "it is " + ", ".join(self.text(fact, each) for each in value.split(" ")) if value else "it has none"
        if not reason.distance or self.type_of(fact) in _WITHOUT_DISTANCE:
            return there
        more = "short by" if reason.distance > 0 else "over by"
        return f"{there}, {more} {self.value(fact, abs(reason.distance))}"

    def _is_number(self, fact: str) -> bool:
        return self.type_of(fact) in ("money", "count", "weight", "volume", "boolean", "instant", "time", "weekday")


def _incomplete(params: Mapping[str, str]) -> str:
    part = params.get("part", "")
    of_what = {"": "", "buy": " to buy", "get": " to get"}.get(part, f" for part {part}")
    units = "unit" if params["needed"] == "1" else "units"
    return f"needs {params['needed']} {units}{of_what}, the cart has {params['there']}"
