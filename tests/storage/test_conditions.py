"""Conditions keep their parameters in order, and leave out what is not asked for."""

from __future__ import annotations

from storage.conditions import Conditions


def test_every_condition_has_the_places_of_its_own_values() -> None:
    conditions = Conditions()
    assert conditions.sql == "true"
    conditions.add("a = {}", 1)
    conditions.add("b = {}", None)
    conditions.add("(c = {} OR d = {})", "x")
    conditions.all("(e, f) < ({}, {})", 2, 3)
    assert conditions.sql == "a = $1 AND (c = $2 OR d = $2) AND (e, f) < ($3, $4)"
    assert (conditions.parameter(9), conditions.values) == ("$5", [1, "x", 2, 3, 9])
