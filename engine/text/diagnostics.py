"""How are findings about a text made, ordered, counted and shown?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import asdict

from engine.text.codes import Severity, find
from engine.text.finding import Diagnostic, Related
from engine.text.render import render
from engine.text.source import Span

__all__ = [
    "LEFT_OUT",
    "Diagnostic",
    "Related",
    "Severity",
    "as_json",
    "error",
    "has_errors",
    "left_out",
    "render",
    "report",
    "warning",
]

LEFT_OUT = "RS145"


def error(
    code: str,
    message: str,
    span: Span | None,
    *,
    hint: str = "",
    witness: str = "",
    related: Sequence[Related] = (),
    severity: Severity | None = None,
) -> Diagnostic:
    """A finding with the severity its code is registered with, or "error" for a code without a page."""
    return Diagnostic(code, message, span, hint, witness, tuple(related), severity or _registered(code, "error"))


def warning(
    code: str,
    message: str,
    span: Span | None,
    *,
    hint: str = "",
    witness: str = "",
    related: Sequence[Related] = (),
    severity: Severity | None = None,
) -> Diagnostic:
    """A finding with the severity its code is registered with, or "warning" for a code without a page."""
    return Diagnostic(code, message, span, hint, witness, tuple(related), severity or _registered(code, "warning"))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether one of them is an error."""
    return any(diagnostic.severity == "error" for diagnostic in diagnostics)


def report(diagnostics: Iterable[Diagnostic], cap: int | None = 50) -> tuple[Diagnostic, ...]:
    """The findings without repetitions in reading order, at most `cap` (None: all), then a note that counts the rest.

    Errors win over warnings, and warnings over notes, when not all can be shown.
    """
    distinct = dict.fromkeys(diagnostics)
    findings = [finding for finding in distinct if finding.code != LEFT_OUT]
    notes = [finding for finding in distinct if finding.code == LEFT_OUT]
    kept = sorted(sorted(findings, key=_gravity)[:cap], key=_place)
    if cap is not None and len(findings) > cap:
        notes.append(left_out(len(findings) - cap))
    return (*kept, *notes)


def left_out(count: int) -> Diagnostic:
    """The note that says how many findings are not shown."""
    noun = "finding is" if count == 1 else "findings are"
    return error(LEFT_OUT, f"{count} more {noun} not shown", None, hint="repair the ones above and check again")


def as_json(diagnostic: Diagnostic) -> dict[str, object]:
    """The finding for an editor or an API answer; empty fields are left out, positions count from 1."""
    fields: dict[str, object] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "span": None if diagnostic.span is None else asdict(diagnostic.span),
        "hint": diagnostic.hint,
        "witness": diagnostic.witness,
        "related": [{"span": asdict(place.span), "message": place.message} for place in diagnostic.related],
    }
    return {name: value for name, value in fields.items() if value}


def _registered(code: str, otherwise: Severity) -> Severity:
    known = find(code)
    return otherwise if known is None else known.severity


def _gravity(diagnostic: Diagnostic) -> int:
    return ("error", "warning", "note").index(diagnostic.severity)


def _place(diagnostic: Diagnostic) -> tuple[bool, Span, str, str]:
    span = diagnostic.span or Span("", 0, 0, 0, 0)
    return diagnostic.span is not None, span, diagnostic.code, diagnostic.message
