"""May one person publish this? What the publish policy asks for, with the numbers that people agree to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from engine.access.publishing import Asking, Condition, Publication, asks_for_second
from engine.compare import Comparison
from engine.compare.report import report
from engine.compare.shares import percent_text, revenue_change_with_lost, worse
from engine.documents.model import PublishPolicy
from engine.money import format_amount
from server.decisions.books import LiveBook
from server.rule_admin.past_carts import PastCarts, past_carts

Ratio = tuple[int, int]

_NONE: Final[Ratio] = (0, 1)


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody else has to agree: a condition of the policy, the line that says so, and what was found.

    `share` is exact: a part and its whole, of carts or of revenue; None for kinds and warnings.
    """

    code: Condition
    message: str
    at: str
    warnings: tuple[str, ...] = ()
    share: Ratio | None = None


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is to agree to. Without reasons one person is enough.

    `live` has the hashes of the rulesets all this was found beside, by kind/name.
    """

    reasons: tuple[Reason, ...]
    past_carts: PastCarts | None
    live: dict[str, str]


def findings(
    policy: PublishPolicy,
    kind: str,
    warnings: Sequence[str],
    live: LiveBook,
    candidate: LiveBook,
    compared: Comparison | None,
) -> Findings:
    """What the policy says about publishing a ruleset of this kind with these warnings.

    `compared` are past carts decided by the live book and by the candidate; None without a guard.
    """
    publication = Publication(
        kind=kind,
        warnings=tuple(warnings),
        carts_worse=None if compared is None else _worse(compared),
        revenue_falls=None if compared is None else _fall(compared)[1],
    )
    asking = asks_for_second(policy, publication)
    shown = None
    if compared is not None and compared.read:
        shown = past_carts(report(compared, live.checkout_rulesets, candidate.checkout_rulesets))
    return Findings(
        reasons=tuple(_reason(each, publication, compared) for each in asking),
        past_carts=shown,
        live={f"{each.kind}/{each.name}": each.hash for each in live.rulesets},
    )


def covers(agreed: Sequence[Reason], live: Mapping[str, str], now: Findings) -> bool:
    """Whether who agreed to those reasons, found beside those live rulesets, has agreed to these.

    Beside the same rulesets they have: that orders came in meanwhile does not matter. Beside others every reason has
    to be there, with no number worse than it was.
    """
    if live == now.live:
        return True
    before = {reason.code: reason for reason in agreed}
    return all(reason.code in before and _is_no_worse(reason, before[reason.code]) for reason in now.reasons)


def _is_no_worse(reason: Reason, agreed: Reason) -> bool:
    (part, whole), (agreed_part, agreed_whole) = reason.share or _NONE, agreed.share or _NONE
    return {*reason.warnings} <= {*agreed.warnings} and part * agreed_whole <= agreed_part * whole


def _worse(compared: Comparison) -> Ratio:
    """Carts that become dearer, are refused, or at which the engine fails; of those that were bought."""
    part, whole = worse(compared)
    failed = sum(compared.skipped.values())
    return part + failed, whole + failed


def _fall(compared: Comparison) -> tuple[str, Ratio]:
    """The currency in which revenue falls most, and by how much of what it was; 0 when it nowhere falls."""
    falls = [("", _NONE)]
    for currency, sums in sorted(compared.currencies.items()):
        change, before = revenue_change_with_lost(sums)
        if change < 0 < before:
            falls.append((currency, (-change, before)))
    greatest = falls[0]
    for each in falls:
        if each[1][0] * greatest[1][1] > greatest[1][0] * each[1][1]:
            greatest = each
    return greatest


def _reason(asking: Asking, publication: Publication, compared: Comparison | None) -> Reason:
    share: Ratio | None = None
    match asking.condition:
        case "kinds":
            message = f"nobody publishes {publication.kind} alone"
        case "warnings":
            message = f"nobody allows {', '.join(asking.warnings)} alone"
        case "carts_worse":
            share = publication.carts_worse or _NONE
            message = (
                f"{share[0]} of {share[1]} past carts ({_percent(share)} %) would pay more or be refused;"
                f" {_percent(asking.at_most)} % may"
            )
        case "revenue_falls":
            share = publication.revenue_falls or _NONE
            currency = "" if compared is None else _fall(compared)[0]
            message = (
                f"past carts would pay {format_amount(share[0], currency)} {currency} less, of"
                f" {format_amount(share[1], currency)} ({_percent(share)} %); {_percent(asking.at_most)} % may"
            )
    return Reason(code=asking.condition, message=message, at=str(asking.span), warnings=asking.warnings, share=share)


def _percent(share: Ratio | None) -> str:
    """As text without zeros that say nothing: 0.5, 12."""
    text = percent_text(share or _NONE) or "0"
    return text.rstrip("0").rstrip(".") if "." in text else text
