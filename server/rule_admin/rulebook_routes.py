"""The addresses of whole rule books."""

from __future__ import annotations

import hashlib
from typing import Final

from server.decisions.errors import MIX_FAULTY, RULES_MISSING
from server.rule_admin import rulebooks
from server.rule_admin.errors import RULE_BOOK_INVALID
from server.rule_admin.routes import READ, WRITE, finding_view
from server.rule_admin.rulebooks import Imported
from server.rule_admin.rulebooks_schemas import ImportedBookView, ImportedView, RuleBookQuery
from server.web.call import Call
from server.web.endpoint import Raw, Routes, Upload

ZIP: Final = "application/zip"

routes = Routes("Rulesets")


@routes.get("/rulesets/book.zip", needs=READ, errors=(RULES_MISSING, MIX_FAULTY), raw_types=(ZIP,))
async def export_rule_book(call: Call, query: RuleBookQuery) -> Raw:
    """The rulesets that decide, as a zip of a folder that `sostech check` and git work with.

    The same rulesets make the same bytes. `at` asks for those of another instant.
    """
    content = await rulebooks.export(call, query.at)
    headers = {
        "Content-Disposition": f'attachment; filename="rules-{call.store.slug}.zip"',
        "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
        "Cache-Control": "private, no-cache",
    }
    return Raw(content, ZIP, headers)


@routes.post("/rulesets/book", needs=WRITE, errors=(RULE_BOOK_INVALID, RULES_MISSING), uploads=(ZIP,))
async def import_rule_book(call: Call, upload: Upload) -> ImportedBookView:
    """Make a draft of every ruleset of a zip that is not what decides now: all of them, or none and every fault.

    Rulesets that are not in it stay as they are. Faults of a ruleset itself do not keep it from becoming a draft; they
    are in the answer, and POST …/check runs its cases as well.
    """
    found = await rulebooks.take_back(call, upload.content)
    drafts = sum(each.draft_id is not None for each in found)
    return ImportedBookView(drafts=drafts, unchanged=len(found) - drafts, items=[_imported(each) for each in found])


def _imported(imported: Imported) -> ImportedView:
    given, findings = imported.given, imported.findings
    return ImportedView(
        file=given.file,
        kind=given.kind,
        name=given.name,
        draft_id=imported.draft_id,
        content_hash=given.content.hash,
        errors=sum(each.severity == "error" for each in findings),
        warnings=sum(each.severity == "warning" for each in findings),
        findings=[finding_view(each) for each in findings],
    )
