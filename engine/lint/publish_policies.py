"""Does a publish policy ask for somebody whom the ruleset does not have?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.access.compile import compile_access
from engine.access.publishing import APPROVE
from engine.documents.model import AccessDocument
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, error


def publish_policies(study: Study) -> Iterator[Diagnostic]:
    """RS484 at the first condition, when no role may agree."""
    document = study.document
    if not isinstance(document, AccessDocument) or not document.policy.can_ask:
        return
    if not compile_access(document).holders(APPROVE):
        _, span = document.policy.spans[0]
        message = f"this asks for a second person, and no role may '{APPROVE}'"
        yield error("RS484", message, span, hint=f"add {APPROVE} to the `may` of a role, or ask for nobody")
