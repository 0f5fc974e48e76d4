"""Does the check of rulesets know exactly the texts there are, and what each needs?"""

from __future__ import annotations

from engine.documents.templates import TEMPLATES as OF_RULESETS
from notifications.templates import TEMPLATES

ASKED_BY_NAME = {"digest", "own"}
"""Texts no rule names: what is collected, and a store's own words."""


def test_rulesets_may_name_every_text_that_is_not_owed_to_an_account() -> None:
    written = {name for name, each in TEMPLATES.items() if each.audience != "account"} - ASKED_BY_NAME
    assert set(OF_RULESETS) == written


def test_a_ruleset_is_held_to_what_its_text_needs() -> None:
    wanted = {name: (set(TEMPLATES[name].needs), set(TEMPLATES[name].events)) for name in OF_RULESETS}
    assert {name: (set(each.needs), set(each.events)) for name, each in OF_RULESETS.items()} == wanted
