"""Is what is said of each mutant true, held against all cases run the long way?"""

from __future__ import annotations

from engine.boxes.truth import truth
from engine.cases.insertion import names_in, with_cases
from engine.documents.conditions import Condition
from engine.lint.study import Study
from engine.mutation.equivalent import is_equivalent
from engine.mutation.mutants import mutants_of
from engine.mutation.places import at
from engine.mutation.score import additions, score
from tests.engine.mutation.judged import Ruleset, document, hold_against_brute_force, vocabulary
from tests.engine.mutation.test_mutants import PROMOTIONS

TESTED = (
    PROMOTIONS
    + """\
cases:
  - name: members get ten off 150
    given: {at: 2026-11-02T00:00:00Z, customer: {group: member}, lines: [{sku: A, price: "150.00", quantity: 1}]}
    expect: {discount: "15.00"}
  - name: never more than forty off
    given: {at: 2026-11-02T00:00:00Z, customer: {group: member}, lines: [{sku: A, price: "500.00", quantity: 1}]}
    expect: {discount: "40.00"}
"""
)

SHIPPING = """\
ruleset: shipping
name: default
version: 1
vocabulary: checkout/1
currency: EUR
policy: first
zones:
  - {id: north, where: {destination.country: DE, destination.postcode: {less_than: "50000"}}}
  - {id: south, where: {destination.country: DE}}
methods:
  - id: parcel
    rates:
      north:
        bands:
          by: shipment.weight_g
          rows: [{below: 500g, price: "1.00"}, {rest: {price: "2.00", plus: "0.50", per: 1kg}}]
      south: {flat: "3.00"}
    free_from: {amount: "40.00", of: subtotal.after_discounts, tax: included, zones: [south]}
refuse:
  - {id: heavy, when: {shipment.weight_g: {more_than: 30kg}}, code: too_heavy}
cases:
  - name: light in the north
    given: {lines: [{sku: A, price: "9.00", quantity: 1, weight: 499g}], destination: {country: DE, postcode: "10115"}}
    expect: {shipping: "1.00"}
  - name: in the south
    given: {lines: [{sku: A, price: "9.00", quantity: 1, weight: 499g}], destination: {country: DE, postcode: "80331"}}
    expect: {shipping: "3.00"}
"""

ORDERS = """\
ruleset: orders
name: default
version: 1
vocabulary: order/1
roles: [customer, staff]
states:
  open: {initial: true}
  paid: {}
  done: {final: {when: {order.days_since_delivery: {at_least: 30}}}}
transitions:
  - {on: place, from: start, to: open, by: [customer, staff], do: [reserve_stock]}
  - {on: pay, from: open, to: paid, by: [system], when: {order.captured: {at_least: 10}}, do: [commit_stock]}
  - {on: pay, from: open, by: [system]}
  - {on: deliver, from: paid, to: done, by: [staff]}
cases:
  - name: the usual way
    walk: [{on: place, by: customer}, {on: pay, by: system, facts: {order.captured: 10}}, {on: deliver, by: staff}]
    expect: {ends: done, does: [reserve_stock, commit_stock]}
"""

ACCESS = """\
ruleset: access
name: default
version: 1
vocabulary: access/1
currency: EUR
roles:
  guest: {may: [catalog.read]}
  customer: {may: [cart.own]}
  support:
    inherits: [customer]
    may: [orders.read, orders.refund]
    limits: {orders.refund: {amount: "50.00", per: day}}
publish_policy:
  second_approver: {kinds: [tax]}
  guard: {orders: 100, carts_worse: 0.5}
cases:
  - name: support refunds
    given: {roles: [support], action: orders.refund, amount: "50.00"}
    expect: {allowed: true}
"""


def test_verdicts_on_promotions() -> None:
    _, judged = hold_against_brute_force(Ruleset(TESTED))
    assert {each.status for each in judged} == {"killed", "survived", "not_distinguished"}


def test_verdicts_on_shipping() -> None:
    _, judged = hold_against_brute_force(Ruleset(SHIPPING))
    assert score(judged).survived > 5


def test_verdicts_on_a_lifecycle() -> None:
    _, judged = hold_against_brute_force(Ruleset(ORDERS))
    assert {each.status for each in judged} == {"killed", "survived"}


def test_verdicts_on_access() -> None:
    _, judged = hold_against_brute_force(Ruleset(ACCESS))
    assert {each.status for each in judged} >= {"killed", "survived"}


def test_with_the_proposed_cases_no_fault_survives_and_the_rest_of_the_text_stays() -> None:
    for text in (TESTED, SHIPPING, ORDERS, ACCESS):
        ruleset = Ruleset(text)
        judge = ruleset.judge()
        judged = [judge.judge(number) for number in range(len(judge.mutants))]
        added = additions(judge, judged, names_in(text))
        assert added
        changed = with_cases(text, [each.proposal for each in added])
        assert changed.startswith(text)
        again = Ruleset(changed)
        assert again.failing(None) == set()
        better = again.judge()
        counts = score(better.judge(number) for number in range(len(better.mutants)))
        assert counts.survived == 0
        assert counts.percent == 100


def test_a_case_is_not_proposed_for_what_another_one_kills() -> None:
    judge = Ruleset(SHIPPING).judge()
    judged = [judge.judge(number) for number in range(len(judge.mutants))]
    added = additions(judge, judged, ())
    names = [each.proposal.name for each in added]
    assert len(names) == len(set(names)) < score(judged).survived
    proposed = {each.number for each in judged if each.proposal is not None}
    assert {number for each in added for number in each.kills} == proposed


def test_a_name_that_is_taken_gets_a_number() -> None:
    judge = Ruleset(TESTED).judge()
    judged = [judge.judge(number) for number in range(len(judge.mutants))]
    first = additions(judge, judged, ())[0].proposal
    again = additions(judge, judged, {first.name})[0].proposal
    assert again.name == f"{first.name} 2"
    assert f"{first.name} 2" in again.lines[0]
    assert again.lines[1:] == first.lines[1:]


def test_a_case_that_fails_anyway_tells_nothing() -> None:
    judge = Ruleset(TESTED.replace('discount: "40.00"', 'discount: "41.00"')).judge()
    assert [fault.code for fault in judge.faults] == ["RS602"]


def test_equivalent_conditions_are_true_of_the_same_carts() -> None:
    """Brute force over every value that a count and a flag can have."""
    found = document(
        PROMOTIONS.replace(
            " {condition: big, customer.group: {in: [member, vip]}}",
            """
      any:
        - {cart.item_count: {at_least: 1}}
        - {customer.signed_in: true}
        - {cart.line_count: {more_than: 0, less_than: 3}}
      cart.seller_count: {at_least: 0}
      not: {cart.item_count: {between: [2, 4]}}""",
        )
    )
    study = Study(found, vocabulary())
    carts = [
        {"cart.item_count": units, "cart.line_count": lines, "cart.seller_count": sellers, "customer.signed_in": signed,
         "subtotal.items": 0, "now": 0}
        for units in range(6) for lines in range(5) for sellers in range(3) for signed in (0, 1)
    ]  # fmt: skip
    verdicts = set()
    for mutant in mutants_of(found, vocabulary()):
        whole: tuple[str | int, ...] = ("rules", 0, "when")
        if mutant.edits[0][0][:3] != whole or "subtotal" in mutant.said:
            continue
        old: Condition = at(found, whole)
        new: Condition = at(mutant.of(found), whole)
        same = all(truth(old, cart) is truth(new, cart) for cart in carts)
        assert is_equivalent(mutant, found, study) == same, mutant.said
        verdicts.add(same)
    assert verdicts == {True, False}
