"""What does an orders document say: which states an order has, and who may take it from one to another?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, get_args

from engine.documents.common import common_parts
from engine.documents.conditions import ALWAYS, Condition
from engine.documents.model import (
    ACTIONS,
    PART,
    START,
    SYSTEM,
    Action,
    Moved,
    OrdersDocument,
    RefundPolicy,
    State,
    Timeout,
    Transition,
)
from engine.documents.model.orders import OnThresholdLoss, ShippingOnPartial
from engine.documents.places import ORDER
from engine.documents.reading import Reader
from engine.documents.templates import TEMPLATES
from engine.text.nodes import Entry, Mapping, Node, Scalar, Sequence

SHIPPING_ON_PARTIAL: Final[tuple[ShippingOnPartial, ...]] = get_args(ShippingOnPartial)
ON_THRESHOLD_LOSS: Final[tuple[OnThresholdLoss, ...]] = get_args(OnThresholdLoss)

NOTICES: Final = tuple(name for name, each in TEMPLATES.items() if each.reader == "customer" and each.tells_of_orders)
"""The texts that `notify` may send: the customer is written to, of this order, and nothing else is known."""

MOST_STATES: Final = 200
MOST_TRANSITIONS: Final = 1_000
"""More than a machine anybody can understand; the checks stay quick up to here."""


def read_orders(reader: Reader, fields: Mapping) -> OrdersDocument:
    """The typed document; whatever has a fault is reported and left out.

    States, roles and actions that do not exist are RS503, RS504 and RS506; a wrong argument of an action is
    RS507, and moving orders out of a state that the document has RS509.
    """
    roles = reader.identifiers(fields.get("roles"))
    states = tuple(_states(reader, reader.mapping(reader.required(fields, "states"))))
    known = _Known(reader, frozenset(state.id for state in states), roles)
    transitions: list[Transition] = []
    for transition in reader.mappings(reader.required(fields, "transitions")):
        transitions.extend(_transitions(reader, transition, known))
        if len(transitions) > MOST_TRANSITIONS:
            message = f"a lifecycle may have {MOST_TRANSITIONS} transitions, and this is one more"
            reader.report("RS207", message, transition.span)
            break
    return OrdersDocument(
        states=states,
        transitions=tuple(transitions),
        roles=roles,
        refunds=_refunds(reader, reader.mapping(fields.get("refunds"))),
        moved=tuple(_moved(reader, reader.mapping(fields.get("moved")), known)),
        **common_parts(reader, fields),
    )


class _Known:
    """The names a transition may use."""

    def __init__(self, reader: Reader, states: frozenset[str], roles: tuple[str, ...]) -> None:
        self._reader = reader
        self._states = states
        self._roles = roles

    def sources(self, node: Node | None) -> tuple[str, ...]:
        return self._names(node, self._states | {START}, "RS503", "state")

    def has(self, state: str) -> bool:
        return state in self._states

    def target(self, node: Node | None) -> str | None:
        return next(iter(self._names(node, self._states, "RS503", "state")), None)

    def roles(self, node: Node | None) -> tuple[str, ...]:
        if not self._roles:
            return self._reader.identifiers(node)
        return self._names(node, (*self._roles, SYSTEM), "RS504", "role")

    def _names(self, node: Node | None, known: Iterable[str], code: str, what: str) -> tuple[str, ...]:
        known = frozenset(known)
        found = []
        for item in node.items if isinstance(node, Sequence) else () if node is None else (node,):
            name = self._reader.identifier(item)
            if name is None:
                continue
            if name in known:
                found.append(name)
            else:
                hint = self._reader.suggest(name, known, f"declare it under `{what}s:`")
                self._reader.report(code, f"there is no {what} '{name}'", item.span, hint=hint)
        return tuple(dict.fromkeys(found))


def _refunds(reader: Reader, fields: Mapping | None) -> RefundPolicy:
    if fields is None:
        return RefundPolicy()
    return RefundPolicy(
        shipping_on_partial=reader.choice(fields.get("shipping_on_partial"), SHIPPING_ON_PARTIAL, "keep"),
        on_threshold_loss=reader.choice(fields.get("on_threshold_loss"), ON_THRESHOLD_LOSS, "keep"),
        span=fields.span,
    )


def _moved(reader: Reader, fields: Mapping | None, known: _Known) -> Iterator[Moved]:
    for entry in () if fields is None else fields.entries:
        state, place = entry.key.text, entry.key.span
        if known.has(state) or state == START:
            hint = "name a state that earlier versions had and this one has not, or remove the entry"
            reader.report(
                "RS509", f"orders in '{state}' need not be moved: it is a state of this version", place, hint=hint
            )
            continue
        target = known.target(entry.value)
        if target is not None:
            yield Moved(state=state, target=target, span=place.until(entry.value.span))


def _states(reader: Reader, fields: Mapping | None) -> Iterator[State]:
    entries = () if fields is None else fields.entries
    if len(entries) > MOST_STATES:
        message = f"{len(entries)} states are more than the {MOST_STATES} a lifecycle may have"
        reader.report("RS207", message, entries[MOST_STATES].key.span)
    for entry in entries[:MOST_STATES]:
        if reader.is_full:
            return
        if entry.key.text == START:
            hint = f"'{START}' names the moment before an order exists; give the state another name"
            reader.report("RS508", f"a state must not be called '{START}'", entry.key.span, hint=hint)
        else:
            yield _state(reader, entry)


def _state(reader: Reader, entry: Entry) -> State:
    node = entry.value
    is_blank = isinstance(node, Scalar) and node.value is None
    fields = Mapping(node.span, ()) if is_blank else reader.mapping(node) or Mapping(node.span, ())
    undone = fields.get("undone")
    final, final_when = _final(reader, fields.get("final"))
    return State(
        id=entry.key.text,
        initial=reader.flag(fields.get("initial"), False),
        final=final,
        final_when=final_when,
        undone=None if undone is None else reader.flag(undone, False),
        waiting=reader.flag(fields.get("waiting"), False),
        timeout=_timeout(reader, reader.mapping(fields.get("timeout"))),
        name=reader.message(fields.get("name")),
        span=entry.key.span,
    )


def _final(reader: Reader, node: Node | None) -> tuple[bool, Condition]:
    """`final: true`, or `final: {when: …}` for a state that is an end only for some orders."""
    if isinstance(node, Mapping):
        return True, reader.condition(reader.required(node, "when"), ORDER)
    return reader.flag(node, False), ALWAYS


def _timeout(reader: Reader, fields: Mapping | None) -> Timeout | None:
    if fields is None:
        return None
    after = reader.duration(reader.required(fields, "after"))
    event = reader.identifier(reader.required(fields, "event"))
    if after is None or event is None:
        return None
    return Timeout(after_seconds=after, event=event, span=fields.span)


def _transitions(reader: Reader, fields: Mapping, known: _Known) -> Iterator[Transition]:
    """One transition, or one for each source when it says no `to`: then every order stays where it is."""
    event = reader.identifier(reader.required(fields, "on"))
    sources = known.sources(reader.required(fields, "from"))
    target = known.target(fields.get("to"))
    roles = known.roles(reader.required(fields, "by"))
    when = fields.get("when")
    guard = reader.condition(when, ORDER)
    actions = tuple(_actions(reader, fields.get("do")))
    stays = fields.get("to") is None
    if event is None or not sources or not roles or (target is None and not stays):
        return
    if stays and START in sources:
        hint = "write `to:` with the initial state"
        reader.report("RS508", "an order is created without a state to begin in", fields.span, hint=hint)
        return
    for group in ((source,) for source in sources) if stays else (sources,):
        yield Transition(
            event=event,
            sources=group,
            target=group[0] if target is None else target,
            roles=roles,
            when=guard,
            actions=actions,
            span=fields.span,
            when_span=None if when is None else when.span,
        )


def _actions(reader: Reader, node: Node | None) -> Iterator[Action]:
    for item in (node,) if isinstance(node, Scalar | Mapping) else reader.items(node):
        action = _action(reader, item)
        if action is not None:
            yield action


def _action(reader: Reader, node: Node) -> Action | None:
    """`commit_stock`, or `announce: OrderPaid`."""
    if isinstance(node, Mapping) and len(node.entries) == 1:
        name, value = node.entries[0].key.text, node.entries[0].value
        place = node.entries[0].key.span
        argument = reader.identifier(value)
    else:
        name, place, argument, value = reader.identifier(node) or "", node.span, None, None
    if not name:
        return None
    if name not in ACTIONS:
        hint = reader.suggest(name, ACTIONS, f"known: {', '.join(ACTIONS)}")
        reader.report("RS506", f"there is no action '{name}'", place, hint=hint)
        return None
    fault = _argument_fault(name, argument)
    if fault:
        reader.report("RS507", fault, place if value is None else value.span)
        return None
    if name == "notify" and argument not in NOTICES:
        hint = reader.suggest(argument or "", NOTICES, f"there are {', '.join(NOTICES)}")
        message = f"there is no text '{argument}' that tells a customer of an order"
        reader.report("RS507", message, node.span if value is None else value.span, hint=hint)
        return None
    return Action(name=name, argument=argument, span=node.span)


def _argument_fault(name: str, argument: str | None) -> str:
    takes = ACTIONS[name]
    if takes == "word" and argument is None:
        return f"{name} needs to know what: write `{name}: …`"
    if takes == "none" and argument is not None:
        return f"{name} takes nothing: write `{name}` alone"
    if takes == "part" and argument not in (None, PART):
        return f"{name} takes nothing or `{PART}`, not '{argument}'"
    return ""
