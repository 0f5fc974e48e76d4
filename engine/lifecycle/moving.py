"""What becomes of the orders there are when their lifecycle changes?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.documents.model import Moved, OrdersDocument
from engine.lifecycle.explore import Exploration, explore
from engine.lifecycle.guards import Guards
from engine.lifecycle.settlement import Ledger
from engine.text.diagnostics import Diagnostic, error, warning


def left_behind(old: OrdersDocument, new: OrdersDocument, orders: Mapping[str, int]) -> list[Diagnostic]:
    """What goes wrong with orders that live by `old` when `new` takes its place; both without errors.

    `orders` counts them by state. RS531 for states which `new` neither has nor moves; RS532 where it moves orders that
    can have settled what no order has in the state they get into.
    """
    states = {state.id for state in new.states}
    moved = {each.state: each for each in new.moved}
    found = [_stranded(new, state, count) for state, count in sorted(orders.items())
             if count and state not in states and state not in moved]  # fmt: skip
    used = [moved[state] for state, count in sorted(orders.items()) if count and state in moved]
    return [*found, *_misplaced(old, new, used)]


def _stranded(new: OrdersDocument, state: str, count: int) -> Diagnostic:
    whose = "1 order of the shop is" if count == 1 else f"{count} orders of the shop are"
    message = f"{whose} in '{state}', which version {new.head.version} does not have"
    hint = f"say where they go on: moved: {{{state}: {_likely(new)}}}"
    return error("RS531", message, new.head.span, hint=hint)


def _likely(new: OrdersDocument) -> str:
    return next((state.id for state in new.states if state.initial), "…")


def _misplaced(old: OrdersDocument, new: OrdersDocument, moved: list[Moved]) -> Iterator[Diagnostic]:
    if not moved:
        return
    before, after = explore(old, Guards()), explore(new, Guards())
    for each in moved:
        odd = sorted(_ledgers(before, each.state) - _ledgers(after, each.target))
        if odd and before.complete and after.complete:
            message = (
                f"an order in '{each.state}' can have {_words(odd[0])}; no order gets into '{each.target}' like that"
            )
            yield warning("RS532", message, each.span, hint="choose a state in which as much is settled")


def _ledgers(exploration: Exploration, state: str) -> frozenset[Ledger]:
    return frozenset(each.ledger._replace(in_flight=False) for each in exploration.reached if each.state == state)


def _words(ledger: Ledger) -> str:
    """As in: stock reserved, coupon held, money captured; as far as there is something."""
    named = (("stock", ledger.stock), ("coupon", ledger.coupon), ("money", ledger.money))
    return ", ".join(f"{what} {how}" for what, how in named if how != "none") or "nothing settled"
