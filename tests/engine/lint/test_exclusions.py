"""Are exclusions that only names decide found exactly where a count of all carts finds them?"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.boxes.truth import truth
from engine.documents.conditions import Condition
from engine.documents.model import Window
from engine.facts.vocabulary import Vocabulary
from engine.lint.exclusions import exclusions
from engine.lint.study import Study
from tests.engine.lint.conditions import CARTS, conditions, promotions

excludes = st.sampled_from([(), (), ("r0",), ("r2",), ("lane",), ("all",), ("other",)])
windows = st.sampled_from([Window(), Window(0, 5), Window(5, 9), Window(3, None)])
rules = st.lists(st.tuples(conditions, st.integers(0, 1), excludes, windows), min_size=2, max_size=4)

Written = tuple[Condition, int, tuple[str, ...], Window]


@given(rules)
def test_exclusion_is_told_exactly_where_an_equal_one_before_it_holds_for_the_same_cart(
    vocabulary: Vocabulary, some: list[Written]
) -> None:
    document = promotions([when for when, _, _, _ in some], pick="all")
    document = replace(
        document,
        rules=tuple(
            replace(rule, priority=priority, exclusive_with=excluded, window=window)
            for rule, (_, priority, excluded, window) in zip(document.rules, some, strict=True)
        ),
    )
    found = list(exclusions(Study(document, vocabulary)))
    expected = {
        later
        for later in range(len(some))
        if any(_clash(some[earlier], some[later], earlier, later) for earlier in range(later))
    }
    assert {finding.span.line - 10 for finding in found if finding.span} == expected
    assert {finding.code for finding in found} <= {"RS454"}


def _clash(one: Written, two: Written, earlier: int, later: int) -> bool:
    names = {f"r{later}", "lane", "all"}, {f"r{earlier}", "lane", "all"}
    excludes = not names[0].isdisjoint(one[2]) or not names[1].isdisjoint(two[2])
    return excludes and one[1] == two[1] and _at_once(one[3], two[3]) and _hold_together(one[0], two[0])


def _at_once(one: Window, two: Window) -> bool:
    return any(_is_open(one, now) and _is_open(two, now) for now in range(-1, 11))


def _is_open(window: Window, now: int) -> bool:
    return (window.start is None or window.start <= now) and (window.end is None or now < window.end)


def _hold_together(one: Condition, two: Condition) -> bool:
    return any(truth(one, cart) and truth(two, cart) for cart in CARTS)
