"""Does the shipped access ruleset give every role what the shop needs, and no more?"""

import pytest

from engine.access.cases import run_access_case
from engine.access.compile import compile_access
from engine.lint import lint
from tests.engine.access.rulesets import VOCABULARY, shipped

ACCESS = compile_access(shipped())
PLATFORM = {name for name in VOCABULARY.actions if name.startswith("platform.")}
SHOP_ROLES = [role for role in ACCESS.roles if role != "super_admin"]


def test_it_has_no_findings() -> None:
    assert lint(shipped(), VOCABULARY) == []


def test_its_cases_hold_and_exercise_every_role_limit_and_condition_of_the_policy() -> None:
    document = shipped()
    results = [run_access_case(ACCESS, case, number) for number, case in enumerate(document.cases, 1)]
    assert [finding.message for result in results for finding in result.differences] == []
    exercised = frozenset().union(*(result.exercised for result in results))
    roles = {("role", role.id) for role in document.roles}
    limits = {("limit", f"{role.id} {limit.action}") for role in document.roles for limit in role.limits}
    policy = {("publish policy", condition) for condition, _ in document.policy.spans}
    assert exercised == roles | limits | policy


def test_it_has_the_roles_of_a_shop() -> None:
    assert set(ACCESS.roles) == {
        *("super_admin", "admin", "moderator", "staff", "warehouse"),
        *("support", "seller", "customer", "guest"),
    }


def test_everything_can_be_done_by_somebody() -> None:
    assert ACCESS.permissions(ACCESS.roles) == set(VOCABULARY.actions)


def test_an_admin_may_all_but_what_is_of_the_platform() -> None:
    assert ACCESS.permissions(["admin"]) == set(VOCABULARY.actions) - PLATFORM
    assert ACCESS.permissions(SHOP_ROLES).isdisjoint(PLATFORM)


def test_everybody_may_at_least_what_a_guest_may() -> None:
    assert [role for role in ACCESS.roles if not ACCESS.covers([role], "guest")] == []


@pytest.mark.parametrize(
    ("action", "holders"),
    [
        ("catalog.write", {"moderator", "admin", "super_admin"}),
        ("catalog.write_own", {"seller", "admin", "super_admin"}),
        ("users.assign_roles", {"admin", "super_admin"}),
        ("users.manage", {"admin", "super_admin"}),
        ("settings.manage", {"admin", "super_admin"}),
        ("rules.publish", {"admin", "super_admin"}),
        ("orders.refund", {"support", "moderator", "admin", "super_admin"}),
        ("inventory.adjust", {"warehouse", "moderator", "admin", "super_admin"}),
        ("platform.stores", {"super_admin"}),
    ],
)
def test_what_can_do_harm_is_for_few(action: str, holders: set[str]) -> None:
    assert set(ACCESS.holders(action)) == holders


def test_an_admin_hands_out_every_role_of_the_shop_but_not_that_of_the_platform() -> None:
    assert [role for role in ACCESS.roles if not ACCESS.covers(["admin"], role)] == ["super_admin"]


def test_nobody_below_makes_an_admin() -> None:
    assert [role for role in ACCESS.roles if ACCESS.covers([role], "admin")] == ["admin", "super_admin"]
