"""How does a lint say what it could not analyse?"""

from __future__ import annotations

from engine.text.diagnostics import Diagnostic, Severity, error
from engine.text.source import Span

NOT_ANALYSED = "RS490"


def not_analysed(what: str, why: str, span: Span, *, severity: Severity | None = None) -> Diagnostic:
    """An honest gap in the proofs: `what` was not checked, because of `why`."""
    return error(
        NOT_ANALYSED,
        f"{what} was not checked: {why}",
        span,
        hint="split the rule into simpler ones, or accept the finding with `allow:` and a reason",
        severity=severity,
    )
