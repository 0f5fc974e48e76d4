"""Does the model check agree with walking every path of a small machine, order by order, with real facts?

The oracle knows nothing of ledgers, boxes or shortest paths. It lets `decide` take every event by every role with
every combination of facts, writes down what was done, and judges each path by reading its log from the beginning.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.boxes.truth import truth
from engine.documents.model import START, Action, OrdersDocument, State, Transition
from engine.lifecycle.compile import Lifecycle, compile_lifecycle
from engine.lifecycle.decide import Move, decide
from engine.lifecycle.explore import explore
from engine.lifecycle.guards import Guards
from engine.lifecycle.model_check import model_check
from tests.engine.lifecycle.machines import GUARDS, machine

LONGEST = 5
FLAGS = (0, 1, None)
Mark = tuple[str, object]

MAY_FOLLOW = {
    "reserve_stock": {"", "release_stock", "restock"},
    "commit_stock": {"reserve_stock"},
    "release_stock": {"reserve_stock"},
    "restock": {"commit_stock", "part"},
    "hold_coupon": {"", "release_coupon", "return_coupon"},
    "consume_coupon": {"hold_coupon"},
    "release_coupon": {"hold_coupon"},
    "return_coupon": {"consume_coupon"},
}


@dataclass
class Log:
    """What happened to one order so far."""

    stock: str = ""
    coupon: str = ""
    has_money: bool = False
    had_money: bool = False
    saw_payment_page: bool = False


def marks_of_paths(document: OrdersDocument) -> set[Mark]:
    """What is wrong on any path of at most LONGEST steps: the code, and the action, state or transition."""
    lifecycle = compile_lifecycle(document)
    first = START if any(START in one.sources for one in document.transitions) else lifecycle.initial
    marks: set[Mark] = set()
    open_paths: list[tuple[str, Log]] = [(first, Log())]
    _look_around(lifecycle, first, open_paths[0][1], marks)
    for _ in range(LONGEST):
        following = []
        for state, log in open_paths:
            for transition in _possible(lifecycle, document, state, log):
                after = replace(log)
                _do(transition, after, marks)
                _look_around(lifecycle, transition.target, after, marks)
                following.append((transition.target, after))
        # Equal logs in equal states have equal futures.
        open_paths = [path for number, path in enumerate(following) if path not in following[:number]]
    return marks


def _possible(lifecycle: Lifecycle, document: OrdersDocument, state: str, log: Log) -> Iterator[Transition]:
    found: list[Transition] = []
    for event, role, held, settled, amount in product(lifecycle.events, ("system", "staff"), FLAGS, FLAGS, (1, 100)):
        captured = amount if log.had_money or event == "payment_succeeded" else 0
        move = decide(lifecycle, state, event, role, _facts(captured, held, settled))
        if isinstance(move, Move):
            found.extend(one for one in document.transitions if one.span == move.span and one not in found)
    yield from found


def _do(transition: Transition, log: Log, marks: set[Mark]) -> None:
    names = [action.name for action in transition.actions]
    gives_itself_back = transition.event == "payment_succeeded" and "refund_payment" in names
    if transition.event == "payment_succeeded" and not gives_itself_back:
        _take_money(log, transition.span, marks)
    for action in transition.actions:
        if action.name in MAY_FOLLOW:
            _stock_or_coupon(action, log, marks)
        elif action.name == "capture_payment" and transition.event != "payment_succeeded":
            _take_money(log, action.span, marks)
        elif action.name == "refund_payment" and not gives_itself_back:
            if not log.has_money:
                marks.add(("RS525", action.span))
            log.has_money = log.has_money and action.argument == "part"
    if transition.when == GUARDS["settled"]:
        log.has_money = False


def _take_money(log: Log, span: object, marks: set[Mark]) -> None:
    if log.has_money:
        marks.add(("RS525", span))
    log.has_money = log.had_money = True


def _stock_or_coupon(action: Action, log: Log, marks: set[Mark]) -> None:
    before = log.coupon if "coupon" in action.name else log.stock
    if before not in MAY_FOLLOW[action.name]:
        marks.add(("RS523" if "coupon" in action.name else "RS521", action.span))
    after = "part" if action.argument == "part" else action.name
    if "coupon" in action.name:
        log.coupon = after
    else:
        log.stock = after


def _look_around(lifecycle: Lifecycle, state: str, log: Log, marks: set[Mark]) -> None:
    if state == START:
        return
    log.saw_payment_page = log.saw_payment_page or (state, "payment_succeeded") in lifecycle.at
    if log.saw_payment_page and not log.had_money and not _would_take_payment(lifecycle, state):
        marks.add(("RS526", state))
    if not _may_end(lifecycle.states[state], log):
        return
    undone = state in ("cancelled", "refunded")
    if log.stock == "reserve_stock":
        marks.add(("RS520", state))
    if log.coupon == "hold_coupon":
        marks.add(("RS522", state))
    if log.has_money and (undone or log.stock == "restock"):
        marks.add(("RS524", state))
    if log.stock in ("commit_stock", "part") and state == "cancelled":
        marks.add(("RS527", state))


def _would_take_payment(lifecycle: Lifecycle, state: str) -> bool:
    facts = [_facts(*values) for values in product((1, 100), FLAGS, FLAGS)]
    decisions = (
        decide(lifecycle, state, "payment_succeeded", role, known) for role in ("system", "staff") for known in facts
    )
    return any(isinstance(decision, Move) for decision in decisions)


def _may_end(state: State, log: Log) -> bool:
    captured = 100 if log.had_money else 0
    facts = (_facts(captured, held, settled) for held, settled in product(FLAGS, FLAGS))
    return state.final and any(truth(state.final_when, known) for known in facts)


def _facts(captured: int, held: int | None, settled: int | None) -> dict[str, int]:
    facts = {"order.captured": captured, "order.held": held, "order.fully_refunded": settled}
    return {name: value for name, value in facts.items() if value is not None}


def marks_of_check(document: OrdersDocument) -> set[Mark]:
    """The same from the model check, for findings whose shortest path is not too long for the oracle."""
    states = {state.span: state.id for state in document.states}
    found = explore(document, Guards()).found
    assert {one.breach.code for one in found} <= {finding.code for finding in model_check(document)}
    return {
        (one.breach.code, states.get(one.breach.span, one.breach.span)) for one in found if len(one.path) <= LONGEST
    }


STATES = ("a", "b", "cancelled", "refunded")
ACTIONS_ON_STOCK = ("reserve_stock", "commit_stock", "release_stock", "restock", "restock=part")
ACTIONS_ON_COUPONS = ("hold_coupon", "consume_coupon", "release_coupon", "return_coupon")
ACTIONS_ON_MONEY = ("capture_payment", "refund_payment", "refund_payment=part")


@st.composite
def documents(draw: st.DrawFn) -> OrdersDocument:
    lines = ["a: initial"]
    for state in STATES[1:]:
        guard = draw(st.sampled_from(["", "final", "final", "final=settled", "final=unpaid"]))
        lines.append(f"{state}: {guard}")
    if draw(st.booleans()):
        lines.append(f"start --place--> a: {draw(_actions())}".rstrip(": "))
    for _ in range(draw(st.integers(1, 6))):
        event = draw(st.sampled_from(["payment_succeeded", "x", "y"]))
        guard = draw(
            st.sampled_from([None, None, None, "unpaid", "captured", "held", "settled", "open", "held_or_unpaid"])
        )
        sources = draw(st.lists(st.sampled_from(STATES), min_size=1, max_size=2, unique=True))
        roles = draw(st.sampled_from(["system", "staff", "system, staff"]))
        arrow = f"--{event}--> " if guard is None else f"--{event} [{guard}]--> "
        line = f"{', '.join(sources)} {arrow}{draw(st.sampled_from(STATES))} by {roles}: {draw(_actions())}"
        lines.append(line.rstrip(": "))
    return machine("\n".join(lines))


def _actions() -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from((*ACTIONS_ON_STOCK, *ACTIONS_ON_COUPONS, *ACTIONS_ON_MONEY)), max_size=3).map(
        ", ".join
    )


@settings(max_examples=2000)
@given(documents())
def test_settlement_findings_are_those_of_walking_every_path(document: OrdersDocument) -> None:
    walked, checked = marks_of_paths(document), marks_of_check(document)
    assert walked == checked


@settings(max_examples=1000)
@given(documents())
def test_structural_findings_are_those_of_following_arrows(document: OrdersDocument) -> None:
    plain = replace(document, transitions=tuple(replace(one, when=GUARDS[None]) for one in document.transitions))
    plain = replace(plain, states=tuple(replace(one, final_when=GUARDS[None]) for one in plain.states))
    found = {(finding.code, finding.span) for finding in model_check(plain)}
    arrows = {(source, one.target) for one in plain.transitions for source in one.sources}
    taken = _taken(plain)
    reached = _closure({START, "a"} if any(source == START for source, _ in arrows) else {"a"}, taken)
    for state in plain.states:
        leaves = any(source == state.id != target for source, target in arrows)
        assert (("RS510", state.span) in found) == (state.id not in reached)
        assert (("RS511", state.span) in found) == (state.id in reached and not state.final and not leaves)
        assert (("RS513", state.span) in found) == (state.final and leaves)


def _taken(document: OrdersDocument) -> set[tuple[str, str]]:
    """Without guards the first transition of a role always decides, so a later one may never be taken."""
    lifecycle = compile_lifecycle(document)
    places = product((START, *STATES), lifecycle.events, ("system", "staff"))
    moves = (decide(lifecycle, state, event, role, {}) for state, event, role in places)
    return {(move.source, move.target) for move in moves if isinstance(move, Move)}


def _closure(states: set[str], arrows: set[tuple[str, str]]) -> set[str]:
    while True:
        more = states | {target for source, target in arrows if source in states}
        if more == states:
            return states
        states = more


def test_the_oracle_finds_a_planted_fault_by_itself() -> None:
    document = machine("a: initial\ncancelled: final\na --payment_succeeded--> a\na --x--> cancelled")
    assert ("RS524", "cancelled") in marks_of_paths(document)
