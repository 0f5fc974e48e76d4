"""An invite waits, counts, is reversed or refused: at the border of every term, and never backwards."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.documents.conditions import Key
from engine.referrals.judge import DAY, ENDED, SECOND, InviteState, Judgement, Standing, judge
from tests.engine.referrals.rulesets import FIVE, QUALIFIES, ruleset, shipped

NOW = 1_800_000_000 * SECOND
JOINED = Standing(state="joined", joined=NOW - 3 * DAY)
BOUGHT: dict[str, Key] = {
    "friend.orders_paid": 1, "friend.first_order_total": 2000, "friend.first_order_kept": 2000, "friend.refunded": 0,
}  # fmt: skip
KEPT = QUALIFIES.replace("{friend.orders_paid", "{friend.refunded: false, friend.orders_paid")
PATIENT = ruleset(f"{KEPT}, after: 14d}}\nreversed: {{when: {{friend.refunded: true}}, within: 14d}}\n{FIVE}")
SLOW = ruleset("qualifies: {when: {friend.days_since_joined: {at_least: 30}, friend.orders_paid: {at_least: 1}}}\n")


def test_without_terms_nothing_counts() -> None:
    assert judge(ruleset("milestones: []\n"), JOINED, BOUGHT, NOW).state == "joined"


def test_what_is_missing_is_told_with_how_far_away_it_is() -> None:
    judged = judge(shipped(), JOINED, {**BOUGHT, "friend.first_order_kept": 1500}, NOW)
    assert [(each.test.fact, each.distance) for each in judged.missing] == [("friend.first_order_kept", 500)]


def test_a_missing_fact_keeps_an_invite_waiting() -> None:
    judged = judge(shipped(), JOINED, {"friend.orders_paid": 1}, NOW)
    assert judged.state == "joined"
    assert [each.is_unknown for each in judged.missing] == [True]


@pytest.mark.parametrize(("waited", "state"), [(14 * DAY - 1, "waiting"), (14 * DAY, "counted")])
def test_what_has_to_go_on_holding_counts_when_its_time_is_over(waited: int, state: InviteState) -> None:
    began = judge(PATIENT, JOINED, BOUGHT, NOW)
    assert began == Judgement(state="waiting", since=NOW, ask_again=NOW + 14 * DAY)
    waiting = Standing(state="waiting", joined=JOINED.joined, since=NOW)
    judged = judge(PATIENT, waiting, BOUGHT, NOW + waited)
    assert (judged.state, judged.since) == (state, NOW if state == "waiting" else NOW + waited)


def test_what_no_longer_holds_begins_to_wait_anew() -> None:
    waiting = Standing(state="waiting", joined=JOINED.joined, since=NOW - 13 * DAY)
    assert judge(PATIENT, waiting, {**BOUGHT, "friend.orders_paid": 0}, NOW).state == "joined"
    assert judge(PATIENT, JOINED, BOUGHT, NOW).ask_again == NOW + 14 * DAY


@pytest.mark.parametrize(("later", "state"), [(14 * DAY, "reversed"), (14 * DAY + 1, "counted")])
def test_a_refund_counts_until_the_term_is_over(later: int, state: InviteState) -> None:
    counted = Standing(state="counted", joined=JOINED.joined, since=NOW)
    assert judge(PATIENT, counted, {**BOUGHT, "friend.refunded": 1}, NOW + later).state == state


def test_guards_are_asked_before_terms_but_not_of_what_was_allowed() -> None:
    same = {**BOUGHT, "invite.same_device": 1}
    refused = judge(shipped(), JOINED, same, NOW)
    assert (refused.state, refused.guard and refused.guard.id) == ("refused", "same-device")
    assert judge(shipped(), replace(JOINED, allowed=True), same, NOW).state == "counted"


@pytest.mark.parametrize("days", [0, 12, 29])
def test_time_alone_is_waited_for(days: int) -> None:
    joined = replace(JOINED, joined=NOW - days * DAY)
    judged = judge(SLOW, joined, {**BOUGHT, "friend.days_since_joined": days}, NOW)
    assert (judged.state, judged.ask_again) == ("joined", NOW + (30 - days) * DAY)


FACTS = st.fixed_dictionaries(
    {
        "friend.orders_paid": st.integers(0, 2),
        "friend.first_order_total": st.sampled_from([0, 1999, 2000, 2001]),
        "friend.first_order_kept": st.sampled_from([0, 1999, 2000]),
        "friend.refunded": st.integers(0, 1),
        "friend.days_since_joined": st.integers(0, 40),
        "invite.same_device": st.integers(0, 1),
        "invite.twins": st.integers(0, 3),
        "inviter.invites_today": st.integers(18, 22),
    }
)
HISTORY = st.lists(st.tuples(FACTS, st.integers(0, 20 * DAY)), min_size=1, max_size=8)
RULESETS = [shipped(), PATIENT, SLOW]


@pytest.mark.parametrize("document", RULESETS, ids=["shipped", "patient", "slow"])
@given(history=HISTORY, allowed=st.booleans())
def test_an_invite_never_goes_back_and_judging_twice_changes_nothing(
    document: object, history: list[tuple[dict[str, Key], int]], allowed: bool
) -> None:
    assert document in RULESETS
    ruled = next(each for each in RULESETS if each is document)
    standing, now = Standing(state="joined", joined=NOW, allowed=allowed), NOW
    for facts, later in history:
        now += later
        judged = judge(ruled, standing, facts, now)
        assert (judged.state in ("waiting", "counted")) is (judged.since is not None)
        assert (judged.state == "refused") <= (judged.guard is not None or standing.state == "refused")
        assert judged.ask_again is None or judged.ask_again > now
        if standing.state in ENDED:
            assert judged.state == standing.state
        if standing.state == "counted":
            assert judged.state in ("counted", "reversed")
        if allowed and standing.state != "refused":
            assert judged.state != "refused"
        after = replace(standing, state=judged.state, since=judged.since)
        if judged.state != "counted" or standing.state == "counted":
            assert judge(ruled, after, facts, now).state == judged.state
        standing = after


SHARED = st.sampled_from(["email", "phone", "device", "address", "payment"]).map(lambda what: f"invite.same_{what}")


@given(facts=FACTS, shared=SHARED)
def test_nobody_earns_by_inviting_themselves_under_the_rules_that_ship(facts: dict[str, Key], shared: str) -> None:
    judged = judge(RULESETS[0], JOINED, {**facts, shared: 1}, NOW)
    assert (judged.state, judged.guard is not None) == ("refused", True)
