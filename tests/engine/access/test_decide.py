"""Is the right answer given, and does it say what is in the way, who could, and which line says so?"""

import pytest

from engine.access.decide import AccessDecision, decide_access
from engine.access.wording import access_reason
from tests.engine.access.rulesets import access_of

ACCESS = access_of(
    '  clerk: {may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: day}}}\n'
    "  cook: {may: [orders.read]}\n"
    "  owner: {may: [orders.refund]}\n"
)
ONCE = access_of('  clerk: {may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: once}}}\n')
ORDER = access_of('  clerk: {may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: order}}}\n')


def refund(*roles: str, amount: int | None = None, used: int = 0) -> AccessDecision:
    return decide_access(ACCESS, roles, "orders.refund", amount, used)


@pytest.mark.parametrize(
    ("amount", "used", "code", "left"),
    [
        (0, 0, "allowed", 5000),
        (4999, 0, "allowed", 5000),
        (5000, 0, "allowed", 5000),
        (5001, 0, "over_limit", 5000),
        (1, 4999, "allowed", 1),
        (1, 5000, "over_limit", 0),
        (0, 5000, "allowed", 0),
        (1, 9999, "over_limit", 0),
        (None, 0, "amount_missing", 5000),
    ],
)
def test_a_limit_counts_what_is_used_already(amount: int | None, used: int, code: str, left: int) -> None:
    decision = refund("clerk", amount=amount, used=used)
    assert (decision.code, decision.left, decision.allowed) == (code, left, code == "allowed")


def test_a_limit_for_each_single_time_forgets_what_was_before() -> None:
    assert decide_access(ONCE, ["clerk"], "orders.refund", 5000, 9999).allowed
    assert decide_access(ONCE, ["clerk"], "orders.refund", 5001, 0).code == "over_limit"


def test_a_limit_for_one_order_counts_what_was_before() -> None:
    assert decide_access(ORDER, ["clerk"], "orders.refund", 1, 5000).code == "over_limit"


def test_without_a_limit_no_amount_is_asked_for() -> None:
    decision = refund("owner")
    assert (decision.code, decision.limit, decision.left, decision.role) == ("allowed", None, None, "owner")


def test_the_decision_names_the_role_and_the_line_it_rests_on() -> None:
    decision = refund("clerk", "cook", amount=1)
    assert (decision.role, str(decision.span)) == ("clerk", "t.yaml:10:42")
    assert decision.holders == ()


def test_who_may_not_is_told_who_may() -> None:
    decision = refund("cook", amount=1)
    assert (decision.code, decision.holders, decision.span) == ("not_permitted", ("clerk", "owner"), None)


def test_an_unknown_action_is_refused_and_not_an_error() -> None:
    decision = decide_access(ACCESS, ["owner"], "orders.refnd")
    assert (decision.code, decision.holders) == ("unknown_action", ())


def test_the_order_of_roles_and_their_repetition_do_not_matter() -> None:
    assert refund("cook", "owner", "clerk", amount=1) == refund("clerk", "owner", "cook", "owner", amount=1)


@pytest.mark.parametrize(("amount", "used"), [(-1, 0), (1, -1), (None, -1)])
def test_a_negative_amount_is_a_mistake_of_the_caller(amount: int | None, used: int) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        refund("owner", amount=amount, used=used)


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (refund("owner"), "owner may 'orders.refund'"),
        (
            refund("clerk", amount=3000, used=2500),
            "clerk may 'orders.refund' up to 50.00 BRL a day; 25.00 BRL is left, and 30.00 BRL is asked for",
        ),
        (refund("clerk"), "clerk may 'orders.refund' up to 50.00 BRL a day, and no amount is given"),
        (refund("cook", "guest"), "'orders.refund' is for clerk or owner, not for cook and guest"),
        (refund(), "'orders.refund' is for clerk or owner, not for somebody without a role"),
        (decide_access(ACCESS, ["cook"], "jobs.manage"), "'jobs.manage' is for nobody, not for cook"),
        (decide_access(ACCESS, ["cook"], "jobs.mangle"), "there is no action 'jobs.mangle'"),
        (
            decide_access(ONCE, ["clerk"], "orders.refund", 5001),
            "clerk may 'orders.refund' up to 50.00 BRL at once; 50.00 BRL is left, and 50.01 BRL is asked for",
        ),
    ],
)
def test_a_decision_can_be_said(decision: AccessDecision, sentence: str) -> None:
    assert access_reason(decision) == sentence
