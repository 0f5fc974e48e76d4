"""`from` is included, `until` is not: at the exact edges, for everything that can have a window."""

from __future__ import annotations

import pytest

from engine.runtime.decision import Decision
from tests.engine.runtime.books import Body, decide, lines

WINDOW = "from: 2026-05-01T12:00:00Z, until: 2026-05-02"
FLAT = "rate: {flat: '1.00'}"

RULES: dict[str, dict[str, Body]] = {
    "price": {"pricing": f"rules: [{{id: a, then: {{percent_off: 10}}, {WINDOW}}}]"},
    "promotion": {
        "promotions": f"lanes: [{{id: l}}]\nrules: [{{id: a, lane: l, then: {{percent_off: 10}}, {WINDOW}}}]"
    },
    "coupon": {"coupons": f"coupons: [{{id: a, codes: [X], then: {{percent_off: 10}}, {WINDOW}}}]"},
    "zone": {
        "shipping": f"""
zones: [{{id: z, where: {{currency: EUR}}, {WINDOW}}}]
methods: [{{id: m, rates: {{z: {{flat: '1.00'}}}}}}]
"""
    },
    "method": {"shipping": f"methods: [{{id: m, {FLAT}, {WINDOW}}}]"},
    "shipping refusal": {
        "shipping": f"methods: [{{id: m, {FLAT}}}]\nrefuse: [{{id: r, when: {{currency: EUR}}, code: no, {WINDOW}}}]"
    },
    "tax rate": {"tax": f"prices: excluded\notherwise: zero\nrates: [{{id: a, percent: 10, {WINDOW}}}]"},
    "exemption": {
        "tax": f"""
prices: excluded
exempt: [{{id: e, when: {{channel: {{known: false}}}}, {WINDOW}}}]
rates: [{{id: a, percent: 10}}]
"""
    },
    "refusal": {"checkout": f"refuse: [{{id: r, when: {{currency: EUR}}, code: no, {WINDOW}}}]"},
}
CHANGED = {"shipping refusal", "exemption"}
"""Inside their window, these take something away."""


def acts(what: str, decision: Decision) -> bool:
    """Whether the rule shows in the decision."""
    if what == "refusal":
        return [refusal.code for refusal in decision.refusals] == ["no"]
    return (decision.totals.total != 1000) != (what in CHANGED)


@pytest.mark.parametrize("what", RULES)
@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2026-05-01T11:59:59Z", False),
        ("2026-05-01T12:00:00Z", True),
        ("2026-05-01T23:59:59Z", True),
        ("2026-05-02T00:00:00Z", False),
    ],
)
def test_a_rule_acts_from_its_first_instant_until_just_before_its_last(what: str, at: str, inside: bool) -> None:
    decision = decide({**lines("10.00"), "at": at, "coupon": "X"}, **RULES[what])
    assert acts(what, decision) is inside


@pytest.mark.parametrize(("at", "total"), [("2026-05-02T02:59:59Z", 900), ("2026-05-02T03:00:00Z", 1000)])
def test_a_day_ends_at_midnight_of_the_time_zone_of_the_document(at: str, total: int) -> None:
    body = "timezone: America/Sao_Paulo\nrules: [{id: a, then: {percent_off: 10}, until: 2026-05-02}]"
    assert decide({**lines("10.00"), "at": at}, pricing=body).totals.total == total


@pytest.mark.parametrize(("at", "total"), [("2026-05-02T02:59:00Z", 900), ("2026-05-02T03:00:00Z", 1000)])
def test_a_weekday_is_that_of_the_time_zone_of_the_document(at: str, total: int) -> None:
    rule = "{id: a, when: {now.weekday: fri}, then: {percent_off: 10}}"
    assert (
        decide({**lines("10.00"), "at": at}, pricing=f"timezone: America/Sao_Paulo\nrules: [{rule}]").totals.total
        == total
    )
