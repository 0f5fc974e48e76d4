"""Which findings has the author accepted, and which acceptances have nothing to accept?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from engine.documents.model import Allowance
from engine.text.codes import exploits
from engine.text.diagnostics import Diagnostic, error

NOTHING_TO_ALLOW = "RS491"

SEARCHED_FOR = frozenset(code.code for code in exploits.CODES)
"""Codes of a search, which is no check: that nothing was found does not make an allowance idle."""


def apply_allowances(diagnostics: Iterable[Diagnostic], allowances: Iterable[Allowance]) -> list[Diagnostic]:
    """The findings, with every accepted warning turned into a note that gives the reason.

    An allowance accepts the warnings with its code; one with `rule` only those whose message names that rule in
    quotes. Errors cannot be accepted. An allowance that accepts nothing is itself a warning (RS491), so that it
    does not outlive what it was written for.
    """
    allowances, used = tuple(allowances), set[int]()
    found = [_accepted(diagnostic, allowances, used) for diagnostic in diagnostics]
    idle = [
        allowance
        for number, allowance in enumerate(allowances)
        if number not in used and allowance.code.upper() not in SEARCHED_FOR
    ]
    errors = {diagnostic.code for diagnostic in found if diagnostic.severity == "error"}
    return [*found, *(_idle(allowance, allowance.code.upper() in errors) for allowance in idle)]


def _accepted(diagnostic: Diagnostic, allowances: Sequence[Allowance], used: set[int]) -> Diagnostic:
    if diagnostic.severity != "warning":
        return diagnostic
    matching = [number for number, allowance in enumerate(allowances) if _matches(allowance, diagnostic)]
    used.update(matching)
    if not matching:
        return diagnostic
    because = allowances[matching[0]].because
    return replace(diagnostic, severity="note", message=f"{diagnostic.message} (allowed: {because})", hint="")


def _matches(allowance: Allowance, diagnostic: Diagnostic) -> bool:
    if allowance.code.upper() != diagnostic.code:
        return False
    return allowance.rule is None or f"'{allowance.rule}'" in diagnostic.message


def _idle(allowance: Allowance, is_error: bool) -> Diagnostic:
    about = allowance.code if allowance.rule is None else f"{allowance.code} of '{allowance.rule}'"
    message = f"this allowance of {about} accepts nothing"
    hint = "errors cannot be accepted: correct the rule" if is_error else "remove it, or correct its code or rule"
    return error(NOTHING_TO_ALLOW, message, allowance.span, hint=hint)
