"""Lints over boxes. (The lint owner replaces this file by the real registry.)"""

from __future__ import annotations

from collections.abc import Iterable

from engine.documents.model import Allowance, AnyDocument
from engine.facts.vocabulary import Vocabulary
from engine.text.diagnostics import Diagnostic


def lint(document: AnyDocument, vocabulary: Vocabulary) -> list[Diagnostic]:
    """Every finding of every lint."""
    return []


def apply_allowances(findings: Iterable[Diagnostic], allowances: Iterable[Allowance]) -> list[Diagnostic]:
    """Findings less those the document allows."""
    return list(findings)
