"""Why not? Reasons of the engine in the customer's words, with the distance, and for authors in theirs."""

from __future__ import annotations

from typing import Final

from engine.facts.vocabulary import FactType
from engine.runtime.decision import CouponResult, Reason, Refusal
from engine.runtime.shopper_reasons import coupon_reasons, refusal_reason
from server.decisions.books import LiveBook
from server.decisions.shapes import ReasonView
from server.decisions.wording import in_language

_NO_DISTANCE: Final[frozenset[FactType]] = frozenset({"instant", "time", "weekday"})
"""Between two instants lie microseconds, which nobody reads; their messages name the time."""
_INSTANTS: Final = ("coupon_not_started", "not_started")


def reason_view(live: LiveBook, kind: str, reason: Reason, locale: str, full: bool) -> ReasonView:
    """A reason given by a ruleset of this kind."""
    distance = _distance(live, reason)
    short = reason.distance is not None and reason.distance > 0
    return ReasonView(
        code=reason.code,
        message=_message(live, kind, reason, locale),
        fact=reason.params.get("fact"),
        short_by=distance if short else None,
        over_by=None if short else distance,
        detail=live.shown.reason(reason) if full else None,
    )


def reason_views(
    live: LiveBook, kind: str, reasons: tuple[Reason, ...], locale: str, full: bool
) -> tuple[ReasonView, ...]:
    """All reasons, in the engine's order."""
    return tuple([reason_view(live, kind, reason, locale, full) for reason in reasons])


def coupon_message(live: LiveBook, result: CouponResult, locale: str) -> str:
    """Why a code does not save anything, in one sentence; empty when it does."""
    return "" if result.state == "applied" else coupon_reasons(result, live.shown, locale)


def refusal_message(live: LiveBook, refusal: Refusal, locale: str) -> str:
    """Its author's words, else ours."""
    return in_language(refusal.message, locale) or refusal_reason(refusal, live.shown, locale)


def refusal_params(live: LiveBook, refusal: Refusal) -> dict[str, str]:
    """As people read them: the amounts of a smallest order are money."""
    if refusal.code != "minimum_order":
        return refusal.params
    return {name: text if name == "fact" else live.shown.money(int(text)) for name, text in refusal.params.items()}


def missing_fact(reason: Reason | Refusal) -> str | None:
    """The fact that has to be known first, when that is the reason."""
    return reason.params.get("fact") if reason.code == "fact_missing" else None


def _message(live: LiveBook, kind: str, reason: Reason, locale: str) -> str:
    """What the author of the rule that says no has written, else the engine's words for shoppers."""
    written = live.wording.label(kind, reason.params.get("rule", ""), locale)
    return written or coupon_reasons(CouponResult("", "", "pending", 0, (reason,)), live.shown, locale)


def _distance(live: LiveBook, reason: Reason) -> str | None:
    if not reason.distance or reason.code in _INSTANTS:
        return None
    fact = reason.params.get("fact")
    if fact is None:
        return str(abs(reason.distance))
    if live.shown.type_of(fact) in _NO_DISTANCE:
        return None
    return live.shown.value(fact, abs(reason.distance))
