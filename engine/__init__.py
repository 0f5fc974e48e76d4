"""Rulesets decide a checkout, and who may do what: read, check, compile, evaluate, explain.

This is the public API and nothing else.

Names are loaded when they are first used, so that a command that only formats YAML does not load the evaluator.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.access.compile import Access, Grant, Limit, compile_access
    from engine.access.decide import AccessDecision, decide_access
    from engine.access.wording import access_reason
    from engine.documents.model import AccessDocument
    from engine.facts.cart import Cart, CouponEntry, Line, Usage
    from engine.facts.scenario import Scenario, ScenarioContext, read_scenario
    from engine.facts.vocabulary import Vocabulary, read_vocabulary
    from engine.pipeline import (
        Reading,
        check_ruleset,
        compile_book,
        evaluate,
        explain,
        hints,
        read_ruleset,
    )
    from engine.runtime.book import Book
    from engine.runtime.decision import Decision
    from engine.runtime.json import digest, from_json, to_json, to_plain
    from engine.text.diagnostics import Diagnostic, render
    from engine.text.source import Source

_HOMES = {
    "Access": "engine.access.compile",
    "Grant": "engine.access.compile",
    "Limit": "engine.access.compile",
    "compile_access": "engine.access.compile",
    "AccessDecision": "engine.access.decide",
    "decide_access": "engine.access.decide",
    "access_reason": "engine.access.wording",
    "AccessDocument": "engine.documents.model",
    "Cart": "engine.facts.cart",
    "CouponEntry": "engine.facts.cart",
    "Line": "engine.facts.cart",
    "Usage": "engine.facts.cart",
    "Scenario": "engine.facts.scenario",
    "ScenarioContext": "engine.facts.scenario",
    "read_scenario": "engine.facts.scenario",
    "Vocabulary": "engine.facts.vocabulary",
    "read_vocabulary": "engine.facts.vocabulary",
    "Reading": "engine.pipeline",
    "check_ruleset": "engine.pipeline",
    "compile_book": "engine.pipeline",
    "evaluate": "engine.pipeline",
    "explain": "engine.pipeline",
    "hints": "engine.pipeline",
    "read_ruleset": "engine.pipeline",
    "Book": "engine.runtime.book",
    "Decision": "engine.runtime.decision",
    "digest": "engine.runtime.json",
    "from_json": "engine.runtime.json",
    "to_json": "engine.runtime.json",
    "to_plain": "engine.runtime.json",
    "Diagnostic": "engine.text.diagnostics",
    "render": "engine.text.diagnostics",
    "Source": "engine.text.source",
}

__all__ = [
    "Access",
    "AccessDecision",
    "AccessDocument",
    "Book",
    "Cart",
    "CouponEntry",
    "Decision",
    "Diagnostic",
    "Grant",
    "Limit",
    "Line",
    "Reading",
    "Scenario",
    "ScenarioContext",
    "Source",
    "Usage",
    "Vocabulary",
    "access_reason",
    "check_ruleset",
    "compile_access",
    "compile_book",
    "decide_access",
    "digest",
    "evaluate",
    "explain",
    "from_json",
    "hints",
    "read_ruleset",
    "read_scenario",
    "read_vocabulary",
    "render",
    "to_json",
    "to_plain",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(import_module(home), name)
