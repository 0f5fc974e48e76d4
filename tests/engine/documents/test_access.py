"""Is an access document read as it is written, and is every fault found at its place?"""

import pytest

from engine.documents.access import expanded
from tests.engine.access.rulesets import HEAD, NEEDED, VOCABULARY, document_of, read_access_text


def codes(body: str) -> list[tuple[str, str]]:
    document, findings = read_access_text(HEAD + body)
    assert document is None
    return [(finding.code, finding.message) for finding in findings]


def test_a_role_is_read_with_everything_it_says() -> None:
    document = document_of(
        HEAD
        + NEEDED
        + "  support:\n    inherits: [customer, guest, customer]\n"
        + '    may: [orders.refund, "users.*"]\n    limits: {orders.refund: {amount: "50.00", per: day}}\n'
    )
    guest, customer, support = document.roles
    assert (guest.id, guest.inherits, guest.may, guest.limits) == ("guest", (), (), ())
    assert customer.inherits == ("guest",)
    assert support.inherits == ("customer", "guest")
    assert [(each.pattern, each.actions) for each in support.may] == [
        ("orders.refund", ("orders.refund",)),
        ("users.*", ("users.read", "users.manage", "users.assign_roles")),
    ]
    assert [(each.action, each.amount, each.per) for each in support.limits] == [("orders.refund", 5000, "day")]
    assert (support.span.line, support.may[1].span.line, support.limits[0].span.line) == (10, 12, 13)
    assert document.actions == tuple(VOCABULARY.actions)


def test_one_role_to_inherit_may_stand_without_brackets() -> None:
    document = document_of(HEAD + "  guest: {}\n  customer: {inherits: guest}\n")
    assert document.roles[1].inherits == ("guest",)


@pytest.mark.parametrize(
    ("pattern", "actions"),
    [
        ("*", ("a.x", "a.y", "ab.x")),
        ("a.*", ("a.x", "a.y")),
        ("a.x", ("a.x",)),
        ("a", ()),
        ("a*", ()),
        ("*.x", ()),
        (".*", ()),
        ("", ()),
    ],
)
def test_a_star_stands_alone_or_for_an_area(pattern: str, actions: tuple[str, ...]) -> None:
    assert expanded(pattern, ["a.x", "a.y", "ab.x"]) == actions


def test_amounts_are_read_in_the_currency_that_is_asked_for() -> None:
    head = HEAD.replace("currency: BRL", "currency: [JPY, BRL]")
    limits = '{orders.refund: {amount: {BRL: "50.00", JPY: 1500}, per: order}}'
    document = document_of(f"{head}{NEEDED}  clerk: {{may: [orders.refund], limits: {limits}}}\n")
    assert (document.head.currency, document.roles[2].limits[0].amount) == ("JPY", 1500)


def test_a_limit_needs_a_currency() -> None:
    head = HEAD.replace("currency: BRL\n", "")
    body = '  clerk: {may: [orders.refund], limits: {orders.refund: {amount: "50.00", per: day}}}\n'
    _, findings = read_access_text(head + NEEDED + body)
    assert [finding.code for finding in findings] == ["RS317"]


def test_without_its_vocabulary_only_that_is_said() -> None:
    _, findings = read_access_text(HEAD.replace("access/1", "access/9") + "  guest: {may: [a.b]}\n  customer: {}\n")
    assert [finding.code for finding in findings] == ["RS301"]


def test_the_vocabulary_of_another_kind_is_refused() -> None:
    text = HEAD.replace("ruleset: access", "ruleset: orders")
    _, findings = read_access_text(
        f"{text}  - staff\nstates: {{}}\ntransitions: []\n".replace("roles:\n  - staff\n", "")
    )
    assert ("RS301", "orders rulesets read the vocabulary order, not access") in [
        (finding.code, finding.message) for finding in findings
    ]


def test_roles_of_absurd_number_are_refused() -> None:
    body = "".join(f"  r{number}: {{}}\n" for number in range(199))
    assert codes(NEEDED + body) == [("RS207", "201 roles are more than the 200 a shop may have")]


def test_a_long_line_of_heirs_is_followed_to_its_end() -> None:
    heirs = "".join(f"  r{number}: {{inherits: [r{number + 1}]}}\n" for number in range(197))
    document = document_of(f"{HEAD}{NEEDED}{heirs}  r197: {{}}\n")
    assert len(document.roles) == 200
    assert [code for code, _ in codes(f"{NEEDED}{heirs}  r197: {{inherits: [r0]}}\n")] == ["RS343"]


def test_conditions_have_nothing_to_read_here() -> None:
    _, findings = read_access_text(HEAD + NEEDED + "define: {vip: {customer.group: vip}}\n")
    assert [finding.code for finding in findings] == ["RS303"]
