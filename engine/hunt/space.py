"""Which values of a fact are worth trying: those that rules name, their neighbours, and one that nothing names?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from engine.boxes.box import Box
from engine.boxes.build import is_member_axis
from engine.boxes.values import ValueSet
from engine.documents.conditions import Condition
from engine.documents.model import ALWAYS_OPEN
from engine.facts.cart import Key
from engine.facts.given import is_given
from engine.facts.measures import LARGEST
from engine.facts.vocabulary import Fact, FactType, Vocabulary
from engine.hunt.aim import Aim, boxes_within

PLAIN_INSTANT: Final = 1_777_636_800_000_000
"""2026-05-01T12:00:00Z, a Friday, in microseconds since 1970 UTC: when a cart is decided if no rule says otherwise."""

SECOND: Final = 1_000_000

_PLAIN: Final[Mapping[FactType, Key]] = {
    "money": 1000,
    "count": 1,
    "weight": 500,
    "volume": 1000,
    "boolean": 0,
    "code": "other",
    "text": "other",
    "country": "IS",
    "region": "ZZ",
    "postcode": "99999",
    "category": "other/",
    "instant": PLAIN_INSTANT,
    "time": 12 * 60,
    "weekday": 4,
}
"""A plain value of each type: one that rules seldom name."""

_PLAIN_FACTS: Final[Mapping[str, Key]] = {
    "customer.email": "a@example.org",
    "customer.phone": "+10000000000",
    "line.tax_class": "standard",
    "customer.orders_paid": 0,
    "customer.spent": 0,
}
_NOBODY: Final[Mapping[FactType, Sequence[Key]]] = {
    "code": ("other", "another"),
    "text": ("other", "another"),
    "country": ("IS", "AQ", "AX"),
    "region": ("ZZ", "XX"),
    "postcode": ("99999", "00000", "ZZ99"),
    "category": ("other/", "another/"),
}
"""Values that rules seldom name, of types that have no order."""

_NEAR: Final = {"instant": (-SECOND, -1, 0, 1, SECOND)}
_UNIT: Final = (-1, 0, 1)
_LIMITS: Final[Mapping[FactType, tuple[int, int]]] = {
    "boolean": (0, 1),
    "weekday": (0, 6),
    "time": (0, 24 * 60 - 1),
    "instant": (0, 4_000_000_000 * SECOND),
}


class Space:
    """The values of the facts of one hunt. Nothing is asked of a fact that no rule reads."""

    def __init__(self, aims: Iterable[Aim], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._cuts: dict[str, set[Key]] = {}
        self._members: dict[str, set[str]] = {}
        self._lines: dict[int, tuple[Condition, tuple[Box, ...]]] = {}
        self._chosen: dict[tuple[str, ValueSet], Key | None] = {}
        for aim in aims:
            self._learn(aim)

    def read(self) -> list[str]:
        """The facts some rule reads and a caller states, by name; sets among them."""
        names = (*self._cuts, *self._members)
        return sorted({name for name in names if (fact := self.vocabulary.find(name)) is not None and is_given(fact)})

    def named(self) -> list[str]:
        """Every fact some rule reads, worked out or stated."""
        return sorted(self._cuts)

    def members(self, fact: str) -> list[str]:
        """The members of a set-valued fact that rules name."""
        return sorted(self._members.get(fact, ()))

    def values(self, name: str) -> list[Key | None]:
        """What to try for one fact: what rules name and what lies next to it, one more value, and missing."""
        fact = self.vocabulary.find(name)
        if fact is None:
            return []
        found: list[Key | None] = [*self.near(fact, self._cuts.get(name, ()))]
        found += [value for value in self._others(fact) if value not in found][:1]
        return [*found, None] if fact.missing else found

    def near(self, fact: Fact, cuts: Iterable[Key]) -> list[Key]:
        """Possible values of the fact at the cuts and one unit beside them, in order."""
        found: set[Key] = set()
        for cut in cuts:
            if isinstance(cut, int):
                found.update(cut + step for step in _NEAR.get(fact.type, _UNIT))
            else:
                found.update((cut, before(cut)))
        return sorted(
            (value for value in found if is_possible(value, fact)), key=lambda value: (str(type(value)), value)
        )

    def lines(self, where: Condition) -> tuple[Box, ...]:
        """The lines that satisfy a condition, by facts of the line, and for a tax rate of the cart."""
        known = self._lines.get(id(where))
        if known is None:
            known = self._lines[id(where)] = (where, boxes_within(ALWAYS_OPEN, where))  # kept, so the id stays its own
        return known[1]

    def choose(self, name: str, accepted: ValueSet) -> Key | None:
        """A plain value of the fact that is accepted; None when only the missing fact is, or nothing that can be."""
        asked = (name, accepted)
        if asked not in self._chosen:
            self._chosen[asked] = self._choose(name, accepted)
        return self._chosen[asked]

    def _choose(self, name: str, accepted: ValueSet) -> Key | None:
        fact = self.vocabulary.find(name)
        if fact is None:
            return accepted.smallest()
        candidates = (*self._others(fact), *self.near(fact, accepted.edges), accepted.smallest())
        return next(
            (
                value
                for value in candidates
                if value is not None and accepted.contains(value) and is_possible(value, fact)
            ),
            None,
        )

    def edges(self, name: str, accepted: ValueSet) -> list[Key | None]:
        """The values at and beside every border of a set, inside and outside, and missing where that can be."""
        if "∋" in name:
            return [0, 1, None]
        fact = self.vocabulary.find(name)
        if fact is None:
            return [cut + step for cut in accepted.edges if isinstance(cut, int) for step in _UNIT if cut + step >= 0]
        found: list[Key | None] = [*self.near(fact, accepted.edges)]
        found += [value for value in self._others(fact)[:1] if value not in found]
        return [*found, None] if fact.missing else found

    def _others(self, fact: Fact) -> list[Key]:
        plain = _PLAIN_FACTS.get(fact.name, _PLAIN.get(fact.type))
        return [*([] if plain is None else [plain]), *_NOBODY.get(fact.type, ())]

    def _learn(self, aim: Aim) -> None:
        for name, value in aim.rungs:
            self._cuts.setdefault(name, set()).add(value)
        for box in aim.all_boxes():
            for axis, accepted in box.items():
                if is_member_axis(axis):
                    fact, member = axis.split("∋", 1)
                    self._members.setdefault(fact, set()).add(member)
                else:
                    self._cuts.setdefault(axis.removesuffix("∋"), set()).update(accepted.edges)


def is_possible(value: Key, fact: Fact) -> bool:
    """Whether a caller could state the value: `read_scenario` takes it."""
    if isinstance(value, int) != fact.is_number:
        return False
    if isinstance(value, int):
        low, high = _LIMITS.get(fact.type, (0, LARGEST))
        return low <= value <= high
    return value.isprintable() and bool(value.strip()) and _is_spelt(value, fact.type)


def before(text: str) -> str:
    """A text just before this one among texts that look like it: `09999` before `10000`, `AZ` before `BA` not."""
    if text.isascii() and text.isdigit() and int(text):
        return str(int(text) - 1).zfill(len(text))
    return text[:-1] + chr(ord(text[-1]) - 1) if text and text[-1].isalnum() and text[-1] not in "0aA" else text


def _is_spelt(value: str, fact_type: FactType) -> bool:
    match fact_type:
        case "country":
            return len(value) == 2 and value.isascii() and value.isalpha() and value.isupper()
        case "postcode":
            return value.isascii() and value.isalnum() and value == value.upper()
        case "category":
            parts = value[:-1].split("/")
            return value.endswith("/") and all(part and part == part.strip() for part in parts)
        case _:
            return value == value.strip()
