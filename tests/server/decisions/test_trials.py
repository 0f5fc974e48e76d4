"""Who takes part in a trial stays in it while it grows, and a guard ends it for a reason that can be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.decisions.trials import WHOLE, Guards, Trial, place_of, takes_part
from server.decisions.trials_guard import Tally, broken
from storage.ids import new_id

SHARES = st.integers(1, WHOLE)
CUSTOMERS = st.uuids().map(lambda id: f"user:{id}")
SALTS = st.text(max_size=40)


def a_trial(share: int, salt: str) -> Trial:
    """A canary of so many of 10,000."""
    return Trial(
        id=new_id(), version_id=new_id(), kind="shipping", name="default", number=2, hash="", mode="canary",
        share=share, salt=salt, guards=Guards(),
    )  # fmt: skip


@given(SALTS, CUSTOMERS, SHARES, SHARES)
def test_whoever_takes_part_still_does_when_the_share_grows(salt: str, customer: str, one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert takes_part(a_trial(less, salt), customer) <= takes_part(a_trial(more, salt), customer)
    assert takes_part(a_trial(WHOLE, salt), customer)


@given(SALTS, CUSTOMERS)
def test_everybody_has_one_place(salt: str, customer: str) -> None:
    assert place_of(salt, customer) == place_of(salt, customer)
    assert 0 <= place_of(salt, customer) < WHOLE


@pytest.mark.parametrize("share", [100, 1_000, 5_000])
def test_a_share_of_customers_is_about_that_share(share: int) -> None:
    # The names are fixed, so this is so always or never.
    members = sum(takes_part(a_trial(share, "salt"), f"user:{number}") for number in range(20_000))
    assert members == pytest.approx(2 * share, rel=0.15)


def test_another_salt_takes_others() -> None:
    first, second = (
        {number for number in range(20_000) if takes_part(a_trial(1_000, salt), f"user:{number}")}
        for salt in ("one", "other")
    )
    assert len(first & second) < len(first) / 4


def decided(count: int = 100, **values: int) -> Tally:
    """An arm with so many decisions of 100.00 each, ten per cent of them discounts, and one in ten refused."""
    usual = {"refused": count // 10, "items": count * 10_000, "discount": count * 1_000, "total": count * 10_000}
    return Tally(decided=count, **{**usual, **values})


def why(live: Tally, trial: Tally, **guards: Any) -> str | None:
    """What a guard says."""
    return broken(Guards(**guards), {"live": live, "trial": trial})


@pytest.mark.parametrize(
    ("discount", "said"),
    [
        (150_000, None),
        (150_001, "the discount share 15.0 % is 5.0 points above live; at most 5 were allowed (100 decisions)"),
        (312_000, "the discount share 31.2 % is 21.2 points above live; at most 5 were allowed (100 decisions)"),
        (50_000, None),
        (49_999, "the discount share 5.0 % is 5.0 points below live; at most 5 were allowed (100 decisions)"),
    ],
)
def test_discounts_may_be_another_share_of_what_items_cost_up_to_a_limit(discount: int, said: str | None) -> None:
    assert why(decided(), decided(discount=discount), max_discount_share_change="5") == said


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (975_000, None),
        (974_999, "the average total is 2.5 % below live; from -2.5 % to 10 % were allowed (100 decisions)"),
        (1_100_000, None),
        (1_200_000, "the average total is 20.0 % above live; from -2.5 % to 10 % were allowed (100 decisions)"),
    ],
)
def test_the_average_total_stays_between_two_changes(total: int, said: str | None) -> None:
    assert why(decided(), decided(total=total), average_total=("-2.5", "10")) == said


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (12, None),
        (13, "the share of refused carts 13.0 % is 3.0 points above live; at most 2 were allowed (100 decisions)"),
    ],
)
def test_as_many_carts_are_refused_as_before_or_nearly(refused: int, said: str | None) -> None:
    assert why(decided(), decided(refused=refused), max_refused_change="2") == said


@pytest.mark.parametrize(
    ("failed", "said"),
    [(1, None), (2, "1.9 % of its decisions failed; at most 1 % were allowed (103 decisions)")],
)
def test_decisions_that_fail_end_it_whatever_the_live_arm_did(failed: int, said: str | None) -> None:
    assert why(Tally(), decided(103 - failed, failed=failed)) == said


def test_nothing_is_compared_before_both_arms_have_enough() -> None:
    dear = {"average_total": ("-1", "1"), "min_decisions": 100}
    for live, trial in ((100, 99), (99, 100)):
        assert why(decided(live), decided(trial, total=1), **dear) is None
    assert why(decided(100), decided(100, total=1), **dear) is not None
    assert why(Tally(), Tally(failed=99)) is None
    assert why(Tally(), Tally(failed=100)) is not None


def test_nothing_to_compare_with_breaks_nothing() -> None:
    free = Tally(decided=100)
    guards = {"average_total": ("0", "0"), "max_discount_share_change": "0", "max_refused_change": "0"}
    assert why(free, free, **guards) is None
