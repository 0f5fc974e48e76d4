"""Are coupons in the right state, and are the right shipping methods offered at the right price?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.cases.difference import differs, differs_as
from engine.cases.read_expected import malformed
from engine.cases.seen import Seen
from engine.facts.literals import fold_code
from engine.money.amount import parse_amount
from engine.money.faults import BadAmount
from engine.runtime.decision import Reason, ShippingOption
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Entry, Mapping, Scalar
from engine.text.suggest import did_you_mean

_STATES = ("applied", "pending", "rejected")


def coupons(entry: Entry, seen: Seen) -> Iterator[Diagnostic]:
    """`{CODE: applied | pending | rejected}`; codes are compared folded."""
    if not isinstance(entry.value, Mapping):
        yield malformed(entry.value, "a map from code to applied, pending or rejected")
        return
    got = {coupon.code: coupon for coupon in seen.decision.coupons}
    for expected in entry.value.entries:
        wanted = expected.value.text if isinstance(expected.value, Scalar) else ""
        coupon = got.get(fold_code(expected.key.text))
        if wanted not in _STATES:
            yield malformed(expected.value, "applied, pending or rejected")
        elif coupon is None or coupon.state != wanted:
            state = "not on the cart" if coupon is None else coupon.state
            why = () if coupon is None else reasons(coupon.reasons)
            yield differs_as("RS606", expected, seen, f"coupon {expected.key.text}", wanted, state, *why)


def method(entry: Entry, seen: Seen) -> Iterator[Diagnostic]:
    """The shipping method the total is computed with; `none` or null: none is."""
    if not isinstance(entry.value, Scalar):
        yield malformed(entry.value, "the id of a shipping method, or none,")
        return
    wanted = "none" if entry.value.value is None else entry.value.text
    got = seen.decision.shipping_method or "none"
    if wanted != got:
        yield differs("RS607", entry, seen, wanted, got)


def options(entry: Entry, seen: Seen) -> Iterator[Diagnostic]:
    """`{id: price | code}`: what the method costs after discounts, or a code that says why it is not offered."""
    if not isinstance(entry.value, Mapping):
        yield malformed(entry.value, "a map from shipping method to its price, or to why it is not offered,")
        return
    got = {option.method: option for option in seen.decision.options}
    for expected in entry.value.entries:
        option = got.get(expected.key.text)
        if option is None:
            yield _no_such_method(expected, seen, list(got))
        elif not isinstance(expected.value, Scalar):
            yield malformed(expected.value, "a price or a code")
        elif not _meets(expected.value, option, seen):
            why = reasons(option.reasons)
            what = f"shipping by {option.method}"
            yield differs_as("RS607", expected, seen, what, expected.value.text, _state(option, seen), *why)


def reasons(given: Sequence[Reason]) -> list[str]:
    """One line for each reason: its code, parameters, and how far it is from true."""
    return [" ".join([reason.code, *_params(reason)]) for reason in given]


def _params(reason: Reason) -> list[str]:
    distance = [] if reason.distance is None else [f"distance={reason.distance}"]
    return [*(f"{name}={value}" for name, value in reason.params.items()), *distance]


def _meets(expected: Scalar, option: ShippingOption, seen: Seen) -> bool:
    if option.total is None:
        return expected.text in {reason.code for reason in option.reasons}
    try:
        return parse_amount(expected.text, seen.decision.currency) == option.total
    except BadAmount:
        return False


def _state(option: ShippingOption, seen: Seen) -> str:
    if option.total is not None:
        return seen.money(option.total)
    return "not offered"


def _no_such_method(expected: Entry, seen: Seen, known: Sequence[str]) -> Diagnostic:
    message = f"{seen.name}: there is no shipping method '{expected.key.text}'"
    hint = did_you_mean(expected.key.text, known) or f"there are {', '.join(known) or 'none'}"
    return error("RS607", message, expected.key.span, hint=hint)
