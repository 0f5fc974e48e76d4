"""Rulesets written otherwise that mean the same: other names, another order of rules, other words for conditions."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import strategies as st

from tests.engine.runtime.generated import Body, Draw

_AGAIN = "-again"


@st.composite
def rewritten(draw: Draw[object], bodies: dict[str, Body]) -> dict[str, Body]:
    """The same rulesets in other words."""
    found = deepcopy(bodies)
    for kind, key in (("pricing", "rules"), ("promotions", "rules"), ("coupons", "coupons")):
        _rewrite_rules(draw, found[kind], key)
        _rename(found, kind, key)
    for kind, key in (("shipping", "methods"), ("shipping", "refuse"), ("checkout", "refuse")):
        _rewrite_rules(draw, found[kind], key)
    return found


def _rules(bodies: dict[str, Body], kind: str) -> list[Body]:
    found = bodies[kind].get("rules" if kind == "promotions" else "coupons", [])
    assert isinstance(found, list)
    return found


def _rewrite_rules(draw: Draw[object], body: Body, key: str) -> None:
    rules = body.get(key)
    if not isinstance(rules, list):
        return
    for rule in rules:
        if "when" in rule:
            rule["when"] = _in_other_words(draw, rule["when"])
        rule["message" if key != "methods" else "name"] = {"en": "Other words"}
    body[key] = draw(st.permutations(rules))


def _in_other_words(draw: Draw[object], when: object) -> object:
    how = draw(st.sampled_from(["all", "any", "not", "twice", "same"]))
    return {
        "all": {"all": [when]},
        "any": {"any": [when, when]},
        "not": {"not": {"not": when}},
        "twice": {"all": [when, when]},
        "same": when,
    }[how]


def _rename(bodies: dict[str, Body], kind: str, key: str) -> None:
    """Names in the same order, but for rules whose uses are counted under their name, and where rules name others."""
    rules = bodies[kind].get(key, [])
    assert isinstance(rules, list)
    counted = {"total", "per_customer", "budget"}
    kept = {rule["id"] for rule in rules if key == "rules" and counted & set(rule.get("limits", {}))}
    if kept or any("exclusive_with" in rule for rule in [*_rules(bodies, "promotions"), *_rules(bodies, "coupons")]):
        return
    for rule in rules:
        rule["id"] = f"{rule['id']}{_AGAIN}"
