"""What does a transition do to the stock, the coupon and the money of an order, and is that allowed?

Each of the three is a small machine of its own:

- stock: nothing -reserve_stock-> reserved -commit_stock-> committed -restock-> returned; release_stock gives a
  reservation up. Stock that was released or returned may be reserved again.
- coupon: nothing -hold_coupon-> held -consume_coupon-> consumed -return_coupon-> nothing; release_coupon gives
  a hold up.
- money: nothing -payment_succeeded or capture_payment-> captured -refund_payment-> refunded. A transition on
  payment_succeeded that does refund_payment gives back the payment that has just come, and no other; such a
  payment never counts.

`restock: part` and `refund_payment: part` deal with some units or a part of the money and leave the rest as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from engine.documents.model import PART, Action, State, Transition
from engine.text.source import Span

PAYMENT_SUCCEEDED = "payment_succeeded"

UNDONE_NAMES = frozenset({"cancelled", "canceled", "refunded", "returned", "failed", "expired", "rejected", "declined"})
"""States which, unless they say otherwise, mean that there was no sale."""

Stock = Literal["none", "reserved", "committed", "returned"]
Coupon = Literal["none", "held", "consumed"]
Money = Literal["none", "captured", "refunded"]


class Ledger(NamedTuple):
    """What is settled so far. `in_flight`: a payment was begun that may still succeed."""

    stock: Stock = "none"
    coupon: Coupon = "none"
    money: Money = "none"
    in_flight: bool = False


@dataclass(frozen=True, slots=True)
class Breach:
    """Something is not settled exactly once; `span` is the action or state to blame."""

    code: str
    message: str
    hint: str
    span: Span


_STOCK_STEPS: Mapping[str, Mapping[Stock, Stock]] = {
    "reserve_stock": {"none": "reserved", "returned": "reserved"},
    "commit_stock": {"reserved": "committed"},
    "release_stock": {"reserved": "none"},
    "restock": {"committed": "returned"},
}
_COUPON_STEPS: Mapping[str, Mapping[Coupon, Coupon]] = {
    "hold_coupon": {"none": "held"},
    "consume_coupon": {"held": "consumed"},
    "release_coupon": {"held": "none"},
    "return_coupon": {"consumed": "none"},
}

_STOCK_IS: Mapping[Stock, str] = {
    "none": "no stock is reserved",
    "reserved": "stock is reserved and not yet committed",
    "committed": "stock is already committed",
    "returned": "stock has already been put back",
}
_COUPON_IS: Mapping[Coupon, str] = {
    "none": "no coupon is held",
    "held": "the coupon is held and not yet consumed",
    "consumed": "the coupon is already consumed",
}

_WAYS_OUT = {
    "reserve_stock": "release_stock or restock first, or leave it out here",
    "commit_stock": "reserve_stock must come first, once",
    "release_stock": "release only what is reserved; committed stock comes back with restock",
    "restock": "put back only committed stock, once; a reservation is given up with release_stock",
    "hold_coupon": "release_coupon first, or leave it out here",
    "consume_coupon": "hold_coupon must come first, once",
    "release_coupon": "release only a coupon that is held; a consumed one comes back with return_coupon",
    "return_coupon": "give back only a consumed coupon, once; a held one is given up with release_coupon",
}


def settle(ledger: Ledger, transition: Transition, proves_refund: bool) -> tuple[Ledger, tuple[Breach, ...]]:
    """The ledger after a transition, and what was wrong on the way; after a breach, as if it had been right.

    `proves_refund`: the guard holds only for orders whose money has been given back in full.
    """
    breaches: list[Breach] = []
    refunds_itself = _refunds_itself(transition)
    if transition.event == PAYMENT_SUCCEEDED and not refunds_itself:
        ledger = _captured(ledger, transition.span, breaches)
    for action in transition.actions:
        if action.name in _STOCK_STEPS:
            ledger = _stock_after(ledger, action, breaches)
        elif action.name in _COUPON_STEPS:
            ledger = _coupon_after(ledger, action, breaches)
        elif action.name == "capture_payment" and transition.event != PAYMENT_SUCCEEDED:
            ledger = _captured(ledger, action.span, breaches)
        elif action.name == "refund_payment" and not refunds_itself:
            ledger = _refunded(ledger, action, breaches)
    if proves_refund and ledger.money == "captured":
        ledger = ledger._replace(money="refunded")
    return ledger, tuple(breaches)


def unsettled(ledger: Ledger, state: State) -> Iterator[Breach]:
    """What is wrong with an order that ends in this state."""
    if ledger.stock == "reserved":
        hint = "commit_stock or release_stock on the way"
        yield Breach("RS520", f"an order can end in '{state.id}' with its stock still reserved", hint, state.span)
    if ledger.coupon == "held":
        hint = "consume_coupon or release_coupon on the way"
        yield Breach("RS522", f"an order can end in '{state.id}' with its coupon still held", hint, state.span)
    if ledger.money == "captured" and (is_undone(state) or ledger.stock == "returned"):
        message = f"an order can end in '{state.id}' while the shop keeps its money"
        hint = "refund_payment on the way; a state that may keep the money says `undone: false`"
        yield Breach("RS524", message, hint, state.span)
    if ledger.stock == "committed" and is_undone(state) and state.id not in _GOODS_MAY_BE_GONE:
        hint = "restock on the way, if the goods never left"
        message = f"an order can end in '{state.id}' although its stock was taken and not put back"
        yield Breach("RS527", message, hint, state.span)


_GOODS_MAY_BE_GONE = frozenset({"refunded", "returned"})  # the money goes back, the goods perhaps do not


def is_undone(state: State) -> bool:
    """Whether an order that ends here was no sale."""
    return state.id.lower() in UNDONE_NAMES if state.undone is None else state.undone


def _refunds_itself(transition: Transition) -> bool:
    """A late or double payment that is given back in the moment it comes."""
    gives_back = any(action.name == "refund_payment" for action in transition.actions)
    return transition.event == PAYMENT_SUCCEEDED and gives_back


def _captured(ledger: Ledger, span: Span, breaches: list[Breach]) -> Ledger:
    if ledger.money == "captured":
        hint = "capture once; on payment_succeeded, refund_payment gives a second payment back"
        breaches.append(Breach("RS525", "the money of an order is captured twice", hint, span))
    return ledger._replace(money="captured", in_flight=False)


def _refunded(ledger: Ledger, action: Action, breaches: list[Breach]) -> Ledger:
    if ledger.money == "none":
        hint = "refund only where money was captured: `when: {order.captured: {more_than: 0}}` says so"
        breaches.append(Breach("RS525", "money is refunded that was never captured", hint, action.span))
        return ledger
    if ledger.money == "refunded":
        hint = "refund once; `refund_payment: part` gives back a part"
        breaches.append(Breach("RS525", "the money of an order is refunded twice", hint, action.span))
    return ledger if action.argument == PART else ledger._replace(money="refunded")


def _stock_after(ledger: Ledger, action: Action, breaches: list[Breach]) -> Ledger:
    changes = _STOCK_STEPS[action.name]
    if ledger.stock not in changes:
        breaches.append(_out_of_order("RS521", action, _STOCK_IS[ledger.stock]))
    after = changes.get(ledger.stock, next(iter(changes.values())))
    is_part = action.name == "restock" and action.argument == PART
    return ledger._replace(stock="committed" if is_part else after)


def _coupon_after(ledger: Ledger, action: Action, breaches: list[Breach]) -> Ledger:
    changes = _COUPON_STEPS[action.name]
    if ledger.coupon not in changes:
        breaches.append(_out_of_order("RS523", action, _COUPON_IS[ledger.coupon]))
    return ledger._replace(coupon=changes.get(ledger.coupon, next(iter(changes.values()))))


def _out_of_order(code: str, action: Action, because: str) -> Breach:
    by_source = "where it depends on the state before, write one transition for each source"
    return Breach(code, f"{action.name} where {because}", f"{_WAYS_OUT[action.name]}; {by_source}", action.span)
