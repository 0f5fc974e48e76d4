"""The addresses of a store's own rulesets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from engine.text.diagnostics import Diagnostic
from server.decisions.errors import RULES_MISSING
from server.rule_admin import publishing, service
from server.rule_admin.checking import Checked
from server.rule_admin.errors import (
    APPROVAL_NEEDED,
    APPROVAL_REFUSED,
    CONTENT_CHANGED,
    CONTENT_MISSING,
    DRAFT_UNKNOWN,
    FILE_UNKNOWN,
    GUARD_AWAY,
    GUARD_CARTS_MISSING,
    KIND_UNKNOWN,
    NOTHING_BEFORE,
    PLAN_INVALID,
    PLAN_UNKNOWN,
    RULESET_FAULTY,
    RULESET_UNKNOWN,
    SOURCE_INVALID,
    VERSION_LIVE,
    VERSION_TAKEN,
    WARNINGS_OPEN,
)
from server.rule_admin.schemas import (
    ActivateBody,
    AttachmentPath,
    CaseView,
    CheckView,
    DraftPath,
    FindingView,
    NewDraftBody,
    PlanPath,
    PlansView,
    PlanView,
    PublishBody,
    RollBackBody,
    RulesetPath,
    VersionPath,
    VersionsQuery,
    VersionsView,
    VersionView,
)
from server.rule_admin.snapshot import Allowed, Content, Plan, Version
from server.web.call import Call
from server.web.endpoint import Raw, Reply, Routes, Upload

READ: Final = "rules.read"
WRITE: Final = "rules.write"
PUBLISH: Final = "rules.publish"
YAML: Final = "application/yaml"

_SAVING: Final = (DRAFT_UNKNOWN, CONTENT_MISSING, CONTENT_CHANGED, SOURCE_INVALID)
_TAG: Final = re.compile(r'"([0-9a-f]{64})"')

routes = Routes("Rulesets")


@routes.get("/rulesets/versions", needs=READ)
async def list_ruleset_versions(call: Call, query: VersionsQuery) -> VersionsView:
    """Published versions of the store's own rulesets; what decides now is at GET /rulesets/live."""
    return _versions(await service.list_versions(call, query.kind, query.name, drafts=False))


@routes.get("/rulesets/versions/{kind}/{name}/{version}", needs=READ, errors=(RULESET_UNKNOWN,))
async def read_ruleset_version(call: Call, path: VersionPath) -> VersionView:
    """A published version: who made it, and when."""
    return _view((await service.read_version(call, path.kind, path.name, path.version))[0])


@routes.get(
    "/rulesets/versions/{kind}/{name}/{version}/source", needs=READ, errors=(RULESET_UNKNOWN,), raw_types=(YAML,)
)
async def read_ruleset_source(call: Call, path: VersionPath) -> Raw:
    """The YAML of a version, as it was written."""
    return _source(*await service.read_version(call, path.kind, path.name, path.version))


@routes.post(
    "/rulesets/versions/{kind}/{name}/{version}/archive", needs=PUBLISH, errors=(RULESET_UNKNOWN, VERSION_LIVE)
)
async def archive_ruleset_version(call: Call, path: VersionPath) -> VersionView:
    """Put a version away that is neither live nor planned. It can still be read, and made live again."""
    return _view(await publishing.archive(call, path.kind, path.name, path.version))


@routes.get("/rulesets/drafts", needs=READ)
async def list_ruleset_drafts(call: Call, query: VersionsQuery) -> VersionsView:
    """Drafts of the store."""
    return _versions(await service.list_versions(call, query.kind, query.name, drafts=True))


@routes.post("/rulesets/drafts", needs=WRITE, errors=(KIND_UNKNOWN, RULESET_UNKNOWN, RULES_MISSING), status=201)
async def create_ruleset_draft(call: Call, body: NewDraftBody) -> Reply[VersionView]:
    """Begin a draft: of a version, or of what decides now. Its head names the next version already."""
    return tagged(await service.create_draft(call, body.kind, body.name, body.based_on, body.comment))


@routes.get("/rulesets/drafts/{draft_id}", needs=READ, errors=(DRAFT_UNKNOWN,))
async def read_ruleset_draft(call: Call, path: DraftPath) -> Reply[VersionView]:
    """A draft without its text."""
    return tagged((await service.read_draft(call, path.draft_id))[0])


@routes.delete("/rulesets/drafts/{draft_id}", needs=WRITE, errors=(DRAFT_UNKNOWN,))
async def delete_ruleset_draft(call: Call, path: DraftPath) -> None:
    """Throw a draft away."""
    await service.delete_draft(call, path.draft_id)


@routes.get("/rulesets/drafts/{draft_id}/source", needs=READ, errors=(DRAFT_UNKNOWN,), raw_types=(YAML,))
async def read_ruleset_draft_source(call: Call, path: DraftPath) -> Raw:
    """The YAML of a draft, with the ETag to save it over."""
    return _source(*await service.read_draft(call, path.draft_id))


@routes.put("/rulesets/drafts/{draft_id}/source", needs=WRITE, errors=_SAVING, uploads=(YAML,))
async def save_ruleset_draft_source(call: Call, path: DraftPath, upload: Upload) -> Reply[VersionView]:
    """Write the YAML of a draft over the one you read: its ETag goes into If-Match.

    It is kept as it is written, with faults too; POST …/check says what is wrong.
    """
    return tagged(await service.save_source(call, path.draft_id, upload.content, wanted_content(call)))


@routes.put("/rulesets/drafts/{draft_id}/files/{file}", needs=WRITE, errors=_SAVING, uploads=("text/csv",))
async def save_ruleset_file(call: Call, path: AttachmentPath, upload: Upload) -> Reply[VersionView]:
    """Write a file that the draft names, such as a table of a tariff. A slash in its name is written %2F."""
    saved = await service.save_attachment(call, path.draft_id, path.file, upload.content, wanted_content(call))
    return tagged(saved)


@routes.delete("/rulesets/drafts/{draft_id}/files/{file}", needs=WRITE, errors=(*_SAVING, FILE_UNKNOWN))
async def delete_ruleset_file(call: Call, path: AttachmentPath) -> None:
    """Take a file away."""
    await service.save_attachment(call, path.draft_id, path.file, None, wanted_content(call))


@routes.post(
    "/rulesets/drafts/{draft_id}/check", needs=WRITE, errors=(DRAFT_UNKNOWN, RULES_MISSING), idempotency="none"
)
async def check_ruleset_draft(call: Call, path: DraftPath) -> CheckView:
    """Everything that can be said against a draft: errors, warnings with the cart that shows them, and its cases.

    The cases run among the other rulesets that are live. Nothing is changed.
    """
    draft, checked = await service.check_draft(call, path.draft_id)
    return _check_view(draft, checked)


@routes.post(
    "/rulesets/drafts/{draft_id}/publish",
    needs=PUBLISH,
    errors=(
        DRAFT_UNKNOWN, CONTENT_CHANGED, RULESET_FAULTY, WARNINGS_OPEN, VERSION_TAKEN, RULES_MISSING,
        GUARD_CARTS_MISSING, GUARD_AWAY, APPROVAL_NEEDED, APPROVAL_REFUSED,
    ),
    # A refusal that asks somebody else is kept, and thousands of carts are not decided in a transaction of a key.
    idempotency="none",
)  # fmt: skip
async def publish_ruleset_draft(call: Call, path: DraftPath, body: PublishBody) -> VersionView:
    """Make a draft a version that never changes again, and live at once with `activate`.

    Errors and failing cases forbid it; every warning has to be allowed with a reason. The ETag of the text that was
    checked goes into If-Match, so that nothing else is published.

    Where the publish policy wants a second person, the answer is `approval_needed` with every reason and what past
    carts would pay; somebody else is asked with it. Once they have agreed, the same request publishes.
    """
    allowed = [Allowed(code=each.code, because=each.because) for each in body.allow or ()]
    was = wanted_content(call, required=False)
    return _view(
        await publishing.publish(call, path.draft_id, was, allowed, activate=body.activate, reason=body.reason)
    )


@routes.get("/rulesets/plans/{kind}/{name}", needs=READ, errors=(RULESET_UNKNOWN,))
async def list_ruleset_plans(call: Call, path: RulesetPath) -> PlansView:
    """Which versions were live, are and will be."""
    return _plans(await publishing.list_plans(call, path.kind, path.name))


@routes.post(
    "/rulesets/plans/{kind}/{name}",
    needs=PUBLISH,
    errors=(RULESET_UNKNOWN, RULESET_FAULTY, PLAN_INVALID, RULES_MISSING),
    status=201,
)
async def activate_ruleset(call: Call, path: RulesetPath, body: ActivateBody) -> PlansView:
    """Make a version live: from now on, or from an instant on; for ever, or until another instant.

    All processes decide with it within a second; a request that has begun keeps the rules it began with.
    """
    return _plans(
        await publishing.activate(
            call, path.kind, path.name, body.number, body.starts_at, body.ends_at, body.reason
        )
    )  # fmt: skip


@routes.post("/rulesets/plans/{kind}/{name}/roll-back", needs=PUBLISH, errors=(RULESET_UNKNOWN, NOTHING_BEFORE))
async def roll_back_ruleset(call: Call, path: RulesetPath, body: RollBackBody) -> PlansView:
    """Go back to what was live before: the version before, or the rulesets that ship."""
    return _plans(await publishing.roll_back(call, path.kind, path.name, body.reason))


@routes.delete("/rulesets/plans/{kind}/{name}/{plan_id}", needs=PUBLISH, errors=(PLAN_UNKNOWN,))
async def call_off_ruleset_plan(call: Call, path: PlanPath) -> None:
    """Call off a plan that has not ended."""
    await publishing.call_off(call, path.kind, path.name, path.plan_id)


def wanted_content(call: Call, *, required: bool = True) -> str | None:
    """The hash of the content that If-Match names; None for `*`. Raises CONTENT_MISSING and CONTENT_CHANGED."""
    given = ",".join(call.request.headers.getall("If-Match", [])).strip()
    if not given:
        if required:
            raise CONTENT_MISSING("read it first, and send its ETag in If-Match; `If-Match: *` writes over anything")
        return None
    if given == "*":
        return None
    match = _TAG.fullmatch(given)
    if match is None:
        raise CONTENT_CHANGED(f"If-Match is {given[:80]}, which no draft ever had; send its ETag as it is")
    return match[1]


def tagged(version: Version) -> Reply[VersionView]:
    """A draft with the ETag of its content, to save over."""
    return Reply(_view(version), headers={"ETag": f'"{version.content_hash}"', "Cache-Control": "private, no-cache"})


def _source(version: Version, content: Content) -> Raw:
    headers = {"ETag": f'"{version.content_hash}"', "Cache-Control": "private, no-cache"}
    return Raw(content.source.encode(), YAML, headers)


def _view(version: Version) -> VersionView:
    return VersionView(**msgspec.structs.asdict(version))


def _versions(found: Sequence[Version]) -> VersionsView:
    return VersionsView(items=[_view(version) for version in found])


def _plans(found: Sequence[Plan]) -> PlansView:
    return PlansView(
        items=[
            PlanView(
                id=plan.id, number=plan.number, starts_at=plan.starts_at, ends_at=plan.ends_at, reason=plan.reason,
                created_by=plan.created_by, created_at=plan.created_at, cancelled_at=plan.cancelled_at,
            )
            for plan in found
        ]
    )  # fmt: skip


def _check_view(draft: Version, checked: Checked) -> CheckView:
    results = () if checked.report is None else checked.report.results
    return CheckView(
        content_hash=draft.content_hash,
        publishable=not checked.errors and not checked.warnings,
        errors=len(checked.errors),
        warnings=len(checked.warnings),
        findings=[finding_view(each) for each in checked.said],
        cases=[
            CaseView(name=each.name, passed=each.passed, findings=[finding_view(found) for found in each.diagnostics])
            for each in results
        ],
    )


def finding_view(found: Diagnostic) -> FindingView:
    """One thing to be said, as answers show it."""
    return FindingView(
        code=found.code,
        severity=found.severity,
        message=found.message,
        at=None if found.span is None else str(found.span),
        hint=found.hint or None,
        witness=found.witness or None,
    )
