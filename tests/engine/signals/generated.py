"""Generated programs, events and subjects: few names and values, so that they meet."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.documents.conditions import ALWAYS, All, AnyOf, Condition, Not, Operator, Test
from engine.documents.model import Window
from engine.documents.model.signals import Derivation, Idle, Pattern, Signal, SignalEffect, Step, TagRule
from engine.signals import Given, Happened, Program, Subject
from engine.signals.compile import strata_of
from engine.text.source import Span

SPAN = Span("signals.yaml", 1, 1, 1, 1)
SECOND = 1_000_000
NAMES = ("OrderPlaced", "CouponRefused", "CouponAccepted")
KINDS = st.sampled_from(["order", "cart", "customer"])
TEXTS = st.sampled_from(["a", "b", "A", "\u00e9", "1", '"'])
NUMBERS = st.sampled_from([0, 1, 2, 3, -1, 2**53])
DERIVED = ("customer.d0", "customer.d1", "customer.d2", "customer.d3")


def number_tests(fact: str) -> st.SearchStrategy[Condition]:
    one = st.sampled_from(["is", "not", "at_least", "more_than", "at_most", "less_than"])
    several = st.sampled_from(["in", "not_in"])
    return st.one_of(
        st.builds(lambda op, n: Test(fact, op, (n,), SPAN), one, NUMBERS),
        st.builds(lambda op, ns: Test(fact, op, tuple(ns), SPAN), several, st.lists(NUMBERS, min_size=1, max_size=3)),
        st.builds(lambda low, size: Test(fact, "between", (low, low + size), SPAN), NUMBERS, st.integers(1, 3)),
        known(fact),
    )


def text_tests(fact: str) -> st.SearchStrategy[Condition]:
    one: st.SearchStrategy[Operator] = st.sampled_from(["is", "not", "starts_with"])
    return st.one_of(
        st.builds(lambda op, text: Test(fact, op, (text,), SPAN), one, TEXTS),
        st.builds(lambda ts: Test(fact, "in", tuple(ts), SPAN), st.lists(TEXTS, min_size=1, max_size=3)),
        known(fact),
    )


def set_tests(fact: str) -> st.SearchStrategy[Condition]:
    operators: st.SearchStrategy[Operator] = st.sampled_from(["any_of", "all_of", "none_of"])
    return st.builds(lambda op, ts: Test(fact, op, tuple(ts), SPAN), operators, st.lists(TEXTS, min_size=1, max_size=2))


def known(fact: str) -> st.SearchStrategy[Condition]:
    return st.builds(lambda flag: Test(fact, "known", (flag,), SPAN), st.integers(0, 1))


def conditions(tests: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.recursive(
        st.one_of(tests, st.just(ALWAYS)),
        lambda parts: st.one_of(
            st.builds(lambda found: All(tuple(found)), st.lists(parts, min_size=1, max_size=3)),
            st.builds(lambda found: AnyOf(tuple(found)), st.lists(parts, min_size=1, max_size=3)),
            st.builds(Not, parts),
        ),
        max_leaves=4,
    )


ABOUT_EVENTS = conditions(st.one_of(number_tests("order.total"), text_tests("order.state")))


def steps() -> st.SearchStrategy[Step]:
    return st.builds(
        Step,
        events=st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True).map(tuple),
        where=st.one_of(st.just(ALWAYS), st.just(ALWAYS), ABOUT_EVENTS),
        at_least=st.integers(1, 4),
        span=st.just(SPAN),
    )


SAME = st.sampled_from([("device.id",), ("customer.phone",), ("device.id", "order.total"), ()])
PATTERNS = st.builds(
    Pattern,
    steps=st.lists(steps(), min_size=1, max_size=3).map(tuple),
    same=st.lists(SAME, min_size=1, max_size=3, unique=True).map(tuple),
    within_seconds=st.sampled_from([2, 5, 60]),
    span=st.just(SPAN),
)


def about_subjects(before: int) -> st.SearchStrategy[Condition]:
    """A condition that reads what is given of a customer, and the derived facts before that number."""
    derived = [number_tests(name) for name in DERIVED[:before]]
    given = [number_tests("customer.spent"), text_tests("customer.word"), set_tests("customer.tags")]
    return conditions(st.one_of(*given, *derived))


IDLE = st.builds(
    Idle,
    subject=KINDS,
    for_seconds=st.integers(1, 3),
    before_seconds=st.none() | st.integers(4, 6),
    when=about_subjects(4),
    span=st.just(SPAN),
)
EFFECTS = st.sampled_from(
    [
        SignalEffect(kind="hold", name="order", span=SPAN),
        SignalEffect(kind="flag", name="customer", span=SPAN),
        SignalEffect(kind="announce", name="Seen", span=SPAN),
        SignalEffect(kind="tag", name="watched", span=SPAN),
    ]
)
WINDOWS = st.sampled_from([Window(), Window(3 * SECOND, None), Window(None, 3 * SECOND)])


@st.composite
def programs(draw: st.DrawFn) -> Program:
    seen = draw(st.lists(st.one_of(PATTERNS, PATTERNS, IDLE), min_size=1, max_size=3))
    signals = tuple(
        Signal(
            id=f"s{number}",
            seen=each,
            then=tuple(draw(st.lists(EFFECTS, min_size=1, max_size=2))),
            window=draw(WINDOWS),
            span=SPAN,
        )
        for number, each in enumerate(seen)
    )
    derivations = tuple(
        Derivation(
            fact=DERIVED[number],
            type="count",
            subject="customer",
            value=draw(NUMBERS),
            when=draw(about_subjects(number)),
            span=SPAN,
        )
        for number in draw(st.lists(st.integers(0, 3), max_size=6))
    )
    tags = tuple(
        TagRule(tag=f"t{number}", when=when, span=SPAN)
        for number, when in enumerate(draw(st.lists(about_subjects(4), max_size=2)))
    )
    return Program(strata=strata_of(derivations), signals=signals, tags=tags)


def facts(
    always: dict[str, st.SearchStrategy[object]], **values: st.SearchStrategy[object]
) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(always, optional={name.replace("_", ".", 1): each for name, each in values.items()})


EVENTS = st.lists(
    st.builds(
        Happened,
        id=st.integers(0, 30).map(str),
        at=st.integers(0, 12).map(lambda half: half * SECOND // 2),
        name=st.sampled_from(NAMES),
        facts=facts(
            {"device.id": st.sampled_from(["a", "b"])},
            order_id=TEXTS,
            order_total=NUMBERS,
            order_state=TEXTS,
            customer_phone=TEXTS,
            customer_id=TEXTS,
        ),
    ),
    min_size=4,
    max_size=25,
    unique_by=lambda event: event.id,
).map(tuple)
SUBJECTS = st.lists(
    st.builds(
        Subject,
        kind=KINDS,
        id=TEXTS,
        since=st.integers(0, 12).map(lambda half: half * SECOND // 2),
        facts=facts(
            {},
            customer_spent=NUMBERS,
            customer_word=TEXTS,
            customer_tags=st.frozensets(TEXTS, max_size=2),
            customer_d0=NUMBERS,
        ),
    ),
    max_size=5,
    unique_by=lambda subject: subject.key,
).map(tuple)
GIVEN = st.builds(Given, now=st.integers(0, 16).map(lambda half: half * SECOND // 2), events=EVENTS, subjects=SUBJECTS)
