"""Which findings concern stock (RS36x)?"""

from __future__ import annotations

from engine.text.codes.code import Code

NAMES: tuple[Code, ...] = (
    Code(
        "RS360",
        "units kept for too short or too long",
        "error",
        "Within seconds nobody can pay; and what is kept for weeks cannot be sold to anybody else.",
        "reservations: [{id: everybody, keep: 30d}]",
        "reservations: [{id: everybody, keep: 30m}]",
        "Write a time from 1m to 7d; a little more than the lifecycle gives customers to pay is right.",
    ),
    Code(
        "RS361",
        "rule after one for everybody",
        "error",
        "The first rule that holds decides. One without a condition always holds, so what comes after it is dead.",
        "reservations:\n  - {id: everybody, keep: 30m}\n  - {id: vip, when: {customer.group: vip}, keep: 2h}",
        "reservations:\n  - {id: vip, when: {customer.group: vip}, keep: 2h}\n  - {id: everybody, keep: 30m}",
        "Put the rule without a condition last, and only one of them.",
    ),
    Code(
        "RS362",
        "no rule for everybody else",
        "error",
        "A customer for whom no condition holds has to be given some time as well.",
        "reservations: [{id: vip, when: {customer.group: vip}, keep: 2h}]",
        "reservations:\n  - {id: vip, when: {customer.group: vip}, keep: 2h}\n  - {id: everybody, keep: 30m}",
        "Add a rule without `when` at the end.",
    ),
    Code(
        "RS363",
        "case of stock that does not hold",
        "error",
        "The ruleset keeps units for another time than its author says here.",
        "reservations: [{id: everybody, keep: 30m}]\n"
        "cases: [{name: guests, given: {customer.signed_in: false}, expect: {keep: 15m}}]",
        "reservations: [{id: everybody, keep: 30m}]\n"
        "cases: [{name: guests, given: {customer.signed_in: false}, expect: {keep: 30m}}]",
        "Correct the rule or the case.",
    ),
)
