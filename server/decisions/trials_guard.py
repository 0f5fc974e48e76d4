"""Has a trial to end? What both arms came to is compared, exactly, and the reason is said in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, Literal

import msgspec

from server.decisions.trials import Guards

ArmName = Literal["live", "trial"]
ARMS: Final[tuple[ArmName, ...]] = ("live", "trial")


class Tally(msgspec.Struct, kw_only=True):
    """What decisions came to: how many, how many refused the checkout, and sums in minor units.

    `failed` are those that were not made because of a fault, `dropped` those a shadow had no time for; `differs`, in a
    shadow, those that are not what the live version decided of the same cart.
    """

    decided: int = 0
    failed: int = 0
    dropped: int = 0
    refused: int = 0
    differs: int = 0
    items: int = 0
    discount: int = 0
    total: int = 0

    def add(self, other: Tally) -> None:
        """Count the other's as well."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def average_total(self) -> Fraction | None:
        """Minor units; None when nothing was decided."""
        return _ratio(self.total, self.decided)

    @property
    def discount_share(self) -> Fraction | None:
        """Of what the items cost, in per cent."""
        return _per_cent(self.discount, self.items)

    @property
    def refused_share(self) -> Fraction | None:
        """Of what was decided, in per cent."""
        return _per_cent(self.refused, self.decided)

    @property
    def error_rate(self) -> Fraction | None:
        """Of what was tried, in per cent."""
        return _per_cent(self.failed, self.decided + self.failed)


def broken(guards: Guards, tallies: Mapping[ArmName, Tally]) -> str | None:
    """Why the trial has to end, in words; None while it may go on."""
    live, trial = tallies["live"], tallies["trial"]
    why = _too_many_errors(guards, trial)
    if why is None and min(live.decided, trial.decided) >= guards.min_decisions:
        why = (
            _other_average(guards, live, trial)
            or _moved("discount share", guards.max_discount_share_change, live.discount_share, trial.discount_share)
            or _moved("share of refused carts", guards.max_refused_change, live.refused_share, trial.refused_share)
        )
        return why and f"{why} ({trial.decided} decisions)"
    return why


def one_decimal(value: Fraction) -> str:
    """A number for people, half up: 31.2."""
    tenths = int(abs(value) * 10 + Fraction(1, 2))
    return f"{'-' if value < 0 and tenths else ''}{tenths // 10}.{tenths % 10}"


def _too_many_errors(guards: Guards, trial: Tally) -> str | None:
    rate, tried = trial.error_rate, trial.decided + trial.failed
    if rate is None or tried < guards.min_decisions or rate <= Fraction(guards.max_error_rate):
        return None
    return (
        f"{one_decimal(rate)} % of its decisions failed; at most {guards.max_error_rate} % were allowed"
        f" ({tried} decisions)"
    )


def _other_average(guards: Guards, live: Tally, trial: Tally) -> str | None:
    before, after = live.average_total, trial.average_total
    if guards.average_total is None or not before or after is None:
        return None
    least, most = guards.average_total
    change = 100 * (after / before - 1)
    if Fraction(least) <= change <= Fraction(most):
        return None
    return f"the average total is {_apart(change, '%')} live; from {least} % to {most} % were allowed"


def _moved(what: str, most: str | None, live: Fraction | None, trial: Fraction | None) -> str | None:
    if most is None or live is None or trial is None or abs(trial - live) <= Fraction(most):
        return None
    return f"the {what} {one_decimal(trial)} % is {_apart(trial - live, 'points')} live; at most {most} were allowed"


def _apart(change: Fraction, unit: str) -> str:
    return f"{one_decimal(abs(change))} {unit} {'above' if change > 0 else 'below'}"


def _per_cent(part: int, whole: int) -> Fraction | None:
    return None if whole == 0 else Fraction(100 * part, whole)


def _ratio(part: int, whole: int) -> Fraction | None:
    return None if whole == 0 else Fraction(part, whole)
