"""Does a compiled access ruleset know what each role may do, up to which amount, and who may hand it out?"""

import pickle

import pytest

from engine.access.compile import Limit
from tests.engine.access.rulesets import VOCABULARY, access_of

ACCESS = access_of(
    "  reader: {inherits: [customer], may: [catalog.read]}\n"
    '  writer: {inherits: [reader], may: ["catalog.*"]}\n'
    '  clerk: {may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: day}}}\n'
    '  senior: {inherits: [clerk], limits: {orders.refund: {amount: "80.00", per: day}}}\n'
    "  boss: {inherits: [senior, writer], may: [orders.refund]}\n"
    '  careful: {may: ["*"], limits: {orders.refund: {amount: "10.00", per: day}}}\n'
    '  idle: {may: [orders.read], limits: {orders.refund: {amount: "99.00", per: day}}}\n'
    '  owner: {may: ["*"]}\n'
)


def day(amount: int) -> Limit:
    return Limit(amount, "BRL", "day")


def test_roles_and_actions_keep_their_order() -> None:
    assert ACCESS.roles[:4] == ("guest", "customer", "reader", "writer")
    assert ACCESS.actions == tuple(VOCABULARY.actions)
    assert (ACCESS.name, ACCESS.version, ACCESS.currency, ACCESS.timezone) == ("t", 1, "BRL", "America/Sao_Paulo")


def test_a_role_has_what_it_says_and_what_it_inherits() -> None:
    assert ACCESS.permissions(["reader"]) == {"catalog.read"}
    assert ACCESS.permissions(["senior"]) == {"orders.refund"}
    assert ACCESS.permissions(["boss"]) == {*ACCESS.permissions(["writer"]), "orders.refund"}


def test_a_wildcard_stands_for_its_area_and_no_other() -> None:
    catalog = {name for name in VOCABULARY.actions if name.startswith("catalog.")}
    assert ACCESS.permissions(["writer"]) == catalog
    assert ACCESS.permissions(["owner"]) == set(VOCABULARY.actions)


def test_several_roles_have_what_each_of_them_has() -> None:
    assert ACCESS.permissions(["clerk", "reader"]) == {"orders.refund", "catalog.read"}


@pytest.mark.parametrize("roles", [[], ["nobody"], [""], ["guest"]])
def test_unknown_roles_and_none_may_nothing(roles: list[str]) -> None:
    assert ACCESS.permissions(roles) == frozenset()
    assert not ACCESS.may(roles, "catalog.read")
    assert ACCESS.limit(roles, "orders.refund") is None


def test_an_unknown_role_takes_nothing_away() -> None:
    assert ACCESS.permissions(["nobody", "reader"]) == {"catalog.read"}


def test_an_action_nobody_wrote_down_may_nobody_do() -> None:
    assert not ACCESS.may(["owner"], "catalog.raed")


@pytest.mark.parametrize(
    ("roles", "limit"),
    [
        (["clerk"], day(5000)),
        (["senior"], day(8000)),
        (["careful"], day(1000)),
        (["clerk", "senior", "careful"], day(8000)),
        (["clerk", "boss"], None),
        (["clerk", "owner"], None),
    ],
)
def test_the_most_generous_limit_counts(roles: list[str], limit: Limit | None) -> None:
    assert ACCESS.limit(roles, "orders.refund") == limit
    assert ACCESS.limit(roles[::-1], "orders.refund") == limit


def test_a_limit_permits_nothing_by_itself() -> None:
    assert not ACCESS.may(["idle"], "orders.refund")


def test_a_limit_leaves_the_other_actions_of_a_wildcard_alone() -> None:
    assert ACCESS.limit(["careful"], "orders.write") is None
    assert ACCESS.may(["careful"], "orders.write")


def test_a_grant_knows_the_line_that_says_so() -> None:
    senior, writer = ACCESS.grant(["senior"], "orders.refund"), ACCESS.grant(["writer"], "catalog.export")
    assert senior is not None
    assert writer is not None
    assert (senior.role, senior.span.line, senior.span.column) == ("senior", 13, 40)
    assert (writer.role, writer.span.line, writer.span.column) == ("writer", 11, 38)


@pytest.mark.parametrize("held", [["reader", "writer"], ["writer", "reader"]])
def test_of_equal_grants_the_first_role_of_the_document_is_named(held: list[str]) -> None:
    both = access_of("  writer: {may: [catalog.read]}\n  reader: {may: [catalog.read]}\n")
    grant = both.grant(held, "catalog.read")
    assert grant is not None
    assert grant.role == "writer"


def test_the_holders_of_an_action_are_named_in_document_order() -> None:
    assert ACCESS.holders("orders.refund") == ("clerk", "senior", "boss", "careful", "owner")
    assert ACCESS.holders("orders.refnd") == ()


@pytest.mark.parametrize(
    ("granter", "role", "covered"),
    [
        (["owner"], "boss", True),
        (["boss"], "senior", True),
        (["boss"], "owner", False),
        (["clerk"], "senior", False),  # the same action up to a higher amount
        (["senior"], "clerk", True),
        (["clerk"], "clerk", True),
        (["careful"], "clerk", False),  # everything, but refunds only up to less
        (["clerk", "writer"], "boss", False),
        (["senior", "writer"], "reader", True),
        ([], "guest", True),
        ([], "reader", False),
        (["owner"], "nobody", False),
        (["nobody"], "reader", False),
    ],
)
def test_a_role_is_handed_out_only_by_who_may_do_as_much(granter: list[str], role: str, covered: bool) -> None:
    assert ACCESS.covers(granter, role) is covered


def test_roles_may_be_given_as_an_iterator() -> None:
    assert ACCESS.covers(iter(["owner"]), "boss")
    assert ACCESS.permissions(iter(["reader"])) == {"catalog.read"}


def test_roles_inherit_from_roles_that_are_written_below_them() -> None:
    assert access_of("  late: {inherits: [later]}\n  later: {may: [chat.own]}\n").may(["late"], "chat.own")


def test_it_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(ACCESS)) == ACCESS
