"""What holds for any roles: more roles allow more, order never matters, a circle is always found?"""

from itertools import pairwise, product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from engine.access.compile import Access, compile_access
from engine.access.decide import decide_access
from engine.documents.inheritance import circles
from tests.engine.access.rulesets import HEAD, VOCABULARY, document_of, read_access_text, written

NAMES = ["guest", "customer", "a", "b", "c", "d"]
PATTERNS = ["*", "orders.*", "catalog.*", "orders.refund", "orders.read", "catalog.read", "jobs.manage"]
Said = tuple[list[str], list[str], int | None]
Roles = dict[str, Said]

inheritance = st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES), unique=True, max_size=3) for name in NAMES})
limits = st.none() | st.sampled_from([0, 1, 4999, 5000, 5001])


@st.composite
def roles(draw: st.DrawFn) -> Roles:
    """Roles that inherit only from those before them in NAMES, so never in a circle."""
    said: Roles = {}
    for number, name in enumerate(NAMES):
        parents = draw(st.lists(st.sampled_from(NAMES[:number]), unique=True, max_size=3)) if number else []
        said[name] = (parents, draw(st.lists(st.sampled_from(PATTERNS), max_size=3)), draw(limits))
    return said


def compiled(said: Roles) -> Access:
    return compile_access(document_of(HEAD + written(said)))


def may_refund(access: Access, held: list[str], amount: int, used: int) -> bool:
    return decide_access(access, held, "orders.refund", amount, used).allowed


held_roles = st.lists(st.sampled_from(NAMES), max_size=4)
amounts = st.sampled_from([0, 1, 2500, 5000, 5001, 10_000])


@given(said=roles())
def test_a_role_may_all_that_the_roles_it_inherits_may(said: Roles) -> None:
    access = compiled(said)
    for name, (parents, _, _) in said.items():
        assert [parent for parent in parents if not access.covers([name], parent)] == []


@given(said=roles(), name=st.sampled_from(NAMES[1:]), parent=st.sampled_from(NAMES), amount=amounts, used=amounts)
def test_to_inherit_more_never_takes_anything_away(said: Roles, name: str, parent: str, amount: int, used: int) -> None:
    before = compiled(said)
    if NAMES.index(parent) >= NAMES.index(name):
        return
    parents, may, limit = said[name]
    after = compiled({**said, name: ([*dict.fromkeys([*parents, parent])], may, limit)})
    for each in NAMES:
        assert before.permissions([each]) <= after.permissions([each])
    assert may_refund(before, [name], amount, used) <= may_refund(after, [name], amount, used)


@given(said=roles(), held=held_roles, more=st.sampled_from(NAMES), amount=amounts, used=amounts)
def test_one_role_more_never_takes_anything_away(
    said: Roles, held: list[str], more: str, amount: int, used: int
) -> None:
    access = compiled(said)
    assert access.permissions(held) <= access.permissions([*held, more])
    assert may_refund(access, held, amount, used) <= may_refund(access, [*held, more], amount, used)


@given(said=roles(), held=held_roles, amount=amounts, used=amounts)
def test_several_roles_may_exactly_what_one_of_them_may(said: Roles, held: list[str], amount: int, used: int) -> None:
    access = compiled(said)
    alone = any(may_refund(access, [role], amount, used) for role in held)
    assert may_refund(access, held, amount, used) is alone
    assert access.permissions(held) == frozenset().union(*(access.permissions([role]) for role in held))


@given(said=roles(), held=held_roles, amount=amounts, random=st.randoms(use_true_random=False))
def test_the_order_in_which_roles_are_held_never_matters(
    said: Roles, held: list[str], amount: int, random: Random
) -> None:
    access, mixed = compiled(said), list(held)
    random.shuffle(mixed)
    assert decide_access(access, held, "orders.refund", amount) == decide_access(access, mixed, "orders.refund", amount)


@given(said=roles(), held=held_roles, random=st.randoms(use_true_random=False))
def test_the_order_in_which_roles_are_written_never_matters(said: Roles, held: list[str], random: Random) -> None:
    names = list(said)
    random.shuffle(names)
    mixed = {name: (said[name][0][::-1], said[name][1][::-1], said[name][2]) for name in names}
    one, other = compiled(said), compiled(mixed)
    assert one.permissions(held) == other.permissions(held)
    assert one.limit(held, "orders.refund") == other.limit(held, "orders.refund")
    assert all(one.covers(held, role) is other.covers(held, role) for role in NAMES)


@given(said=roles())
def test_what_a_role_may_is_what_a_plain_search_finds(said: Roles) -> None:
    access = compiled(said)
    for name in NAMES:
        assert access.permissions([name]) == searched(said, name)


def searched(said: Roles, name: str) -> set[str]:
    parents, patterns, _ = said[name]
    own = {
        action
        for action, pattern in product(VOCABULARY.actions, patterns)
        if pattern in ("*", action) or (pattern.endswith(".*") and action.split(".")[0] == pattern[:-2])
    }
    return own.union(*(searched(said, parent) for parent in parents))


@given(inherits=inheritance)
def test_a_circle_is_found_exactly_when_a_role_reaches_itself(inherits: dict[str, list[str]]) -> None:
    found = list(circles(inherits))
    assert bool(found) is any(name in reached(inherits, name) for name in NAMES)
    for circle in found:
        assert circle[0] == circle[-1]
        assert len(set(circle)) == len(circle) - 1
        assert all(after in inherits[before] for before, after in pairwise(circle))


@given(inherits=inheritance)
def test_a_document_is_refused_for_a_circle_and_for_nothing_else(inherits: dict[str, list[str]]) -> None:
    document, findings = read_access_text(HEAD + written({name: (inherits[name], [], None) for name in NAMES}))
    is_circular = any(name in reached(inherits, name) for name in NAMES)
    assert (document is None) is is_circular
    assert {finding.code for finding in findings} == ({"RS343"} if is_circular else set())


def reached(inherits: dict[str, list[str]], start: str) -> set[str]:
    """Every role that is inherited over one step or more."""
    found: set[str] = set()
    for _ in NAMES:
        found |= {parent for name in (start, *found) for parent in inherits[name]}
    return found
