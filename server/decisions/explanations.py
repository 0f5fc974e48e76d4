"""How is an explanation shown?"""

from __future__ import annotations

from engine.runtime.explain import Explanation
from server.decisions.books import LiveBook
from server.decisions.reasons import reason_views
from server.decisions.shapes import ExplanationView, RuleOutcomeView


def explanation_view(live: LiveBook, explanation: Explanation, locale: str) -> ExplanationView:
    """An explanation; who may ask for its level has been settled before."""
    rules = [
        RuleOutcomeView(
            kind=rule.kind,
            rule=rule.rule,
            at=rule.at,
            applied=rule.state == "applied",
            amount=live.shown.money(rule.amount),
            lines=rule.lines,
            reasons=reason_views(live, rule.kind, rule.reasons, locale, True),
        )
        for rule in explanation.rules
    ]
    return ExplanationView(
        level=explanation.level, sentences=explanation.sentences, rules=tuple(rules), data=explanation.data
    )
