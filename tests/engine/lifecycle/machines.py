"""How do tests of the lifecycle write a machine on a few lines?

    pending: initial
    paid
    cancelled: final
    start --place--> pending: reserve_stock
    paid --cancel [captured]--> cancelled by staff: restock, refund_payment

Every line is one line of the source `m`, so findings point at it; the role is `system` unless said otherwise.
"""

import re

from engine.documents.conditions import ALWAYS, AnyOf, Condition, Not, Test
from engine.documents.model import Action, Head, OrdersDocument, State, Timeout, Transition
from engine.text.source import Span

_TRANSITION = re.compile(
    r"(?P<sources>[\w, ]+?) --(?P<event>\w+)( \[(?P<guard>\w+)\])?--> (?P<target>\w+)"
    r"( by (?P<roles>[\w, ]+))?(: (?P<actions>.+))?"
)
HERE = Span("m", 1, 1, 1, 2)


def _test(fact: str, operator: str, operand: int) -> Test:
    return Test(fact, operator, (operand,), HERE)  # type: ignore[arg-type]


UNPAID = _test("order.captured", "is", 0)
CAPTURED = _test("order.captured", "more_than", 0)
HELD = _test("order.held", "is", 1)
SETTLED = _test("order.fully_refunded", "is", 1)

GUARDS: dict[str | None, Condition] = {
    None: ALWAYS,
    "unpaid": UNPAID,
    "captured": CAPTURED,
    "held": HELD,
    "free": Not(HELD),
    "settled": SETTLED,
    "open": _test("order.fully_refunded", "is", 0),
    "held_or_unpaid": AnyOf((HELD, UNPAID)),
    "large": _test("order.total", "at_least", 100),
    "huge": _test("order.total", "at_least", 1000),
    "never": AnyOf(()),
}


def machine(text: str) -> OrdersDocument:
    """The document of a text in the notation above."""
    states: list[State] = []
    transitions: list[Transition] = []
    for number, line in enumerate(text.strip().splitlines(), start=1):
        span = Span("m", number, 1, number, len(line) + 1)
        match = _TRANSITION.fullmatch(line.strip())
        if match:
            transitions.append(_transition(match, span))
        else:
            states.append(_state(line.strip(), span))
    head = Head(kind="orders", name="m", version=1, vocabulary="order/1", currency="", currencies=(), span=HERE)
    return OrdersDocument(head=head, states=tuple(states), transitions=tuple(transitions))


def _state(line: str, span: Span) -> State:
    name, _, words = line.partition(":")
    marks = words.split()
    timer = next((mark.removeprefix("timer=") for mark in marks if mark.startswith("timer=")), None)
    guard = next((mark.removeprefix("final=") for mark in marks if mark.startswith("final=")), None)
    return State(
        id=name,
        initial="initial" in marks,
        final="final" in marks or guard is not None,
        final_when=GUARDS[guard],
        undone=True if "undone" in marks else False if "sale" in marks else None,
        waiting="waiting" in marks,
        timeout=None if timer is None else Timeout(after_seconds=60, event=timer, span=span),
        span=span,
    )


def _transition(match: re.Match[str], span: Span) -> Transition:
    actions = [word.strip() for word in (match["actions"] or "").split(",") if word.strip()]
    return Transition(
        event=match["event"],
        sources=_words(match["sources"]),
        target=match["target"],
        roles=_words(match["roles"] or "system"),
        when=GUARDS[match["guard"]],
        actions=tuple(_action(word, span, position) for position, word in enumerate(actions)),
        span=span,
    )


def _action(word: str, span: Span, position: int) -> Action:
    name, _, argument = word.partition("=")
    place = Span("m", span.line, 100 + position, span.line, 101 + position)
    return Action(name=name, argument=argument or None, span=place)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))
