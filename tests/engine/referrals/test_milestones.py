"""So many friends bring what the milestones say, and never less for more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.referrals.milestones import progress
from engine.referrals.rewards import grant_key, rewards_for
from tests.engine.referrals.rulesets import FIVE, QUALIFIES, ruleset

FRIENDS = ruleset(f"{QUALIFIES}}}\n{FIVE}")
REWARDS = ruleset(
    "signal_events: [CustomerIdle]\nrewards:\n"
    "- {id: hello, on: CustomerRegistered, give: {campaign: a}, once: customer}\n"
    '- {id: big, on: OrderPaid, when: {order.total: {at_least: "90.00"}}, give: {campaign: b}, once: event}\n'
    "- {id: back, on: CustomerIdle, give: {campaign: c}, once: year}\n"
)
NEW_YEAR = 1_767_236_400 * 1_000_000
"""2026-01-01T00:00 in São Paulo, three hours after it was in London."""


@given(st.integers(0, 30))
def test_each_friend_comes_one_closer(counted: int) -> None:
    found = progress(FRIENDS, counted)
    assert [each.id for each in found.reached] == [name for name, at in (("five", 5), ("ten", 10)) if counted >= at]
    assert found.missing == (5 - counted if counted < 5 else max(0, 10 - counted))
    assert (found.upcoming is None) is (counted >= 10)


def test_rewards_are_for_events_of_their_name_for_which_the_condition_holds() -> None:
    given_for = [
        [each.id for each in rewards_for(REWARDS, {"event.name": name, "order.total": total})]
        for name, total in (("OrderPaid", 8999), ("OrderPaid", 9000), ("OrderPlaced", 9000), ("CustomerRegistered", 0))
    ]
    assert given_for == [[], ["big"], [], ["hello"]]


def test_a_reward_is_given_once_for_ever_once_a_year_or_each_time() -> None:
    hello, big, back = REWARDS.rewards
    assert grant_key(REWARDS, hello, "e1", NEW_YEAR) == grant_key(REWARDS, hello, "e2", 0)
    assert grant_key(REWARDS, big, "e1", NEW_YEAR) != grant_key(REWARDS, big, "e2", NEW_YEAR)
    before, after = (grant_key(REWARDS, back, "e1", NEW_YEAR + by) for by in (-1, 0))
    assert (before, after) == ("back@2025", "back@2026")
