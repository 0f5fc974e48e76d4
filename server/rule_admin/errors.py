"""Why can this not be done with a ruleset?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

RULESET_UNKNOWN: Final = ErrorCode("ruleset_unknown", Kind.NOT_FOUND, "There is no such ruleset or version")
DRAFT_UNKNOWN: Final = ErrorCode("draft_unknown", Kind.NOT_FOUND, "There is no such draft")
FILE_UNKNOWN: Final = ErrorCode("ruleset_file_unknown", Kind.NOT_FOUND, "The ruleset has no such file")
PLAN_UNKNOWN: Final = ErrorCode("plan_unknown", Kind.NOT_FOUND, "There is no such plan")
KIND_UNKNOWN: Final = ErrorCode("ruleset_kind_unknown", Kind.INVALID, "There is no such kind of ruleset")
SOURCE_INVALID: Final = ErrorCode("ruleset_source_invalid", Kind.INVALID, "This cannot be a ruleset")
RULESET_FAULTY: Final = ErrorCode("ruleset_faulty", Kind.INVALID, "The ruleset cannot be published as it is")
WARNINGS_OPEN: Final = ErrorCode("ruleset_warnings", Kind.INVALID, "The ruleset has warnings that nobody allowed")
VERSION_TAKEN: Final = ErrorCode("ruleset_version_taken", Kind.CONFLICT, "This version was published already")
CONTENT_CHANGED: Final = ErrorCode("content_changed", Kind.PRECONDITION_FAILED, "Somebody has changed it meanwhile")
CONTENT_MISSING: Final = ErrorCode(
    "content_version_missing", Kind.PRECONDITION_REQUIRED, "Say which content you change"
)
PLAN_INVALID: Final = ErrorCode("plan_invalid", Kind.INVALID, "A version cannot be live at such a time")
NOTHING_BEFORE: Final = ErrorCode("nothing_before", Kind.CONFLICT, "There is nothing to go back to")
VERSION_LIVE: Final = ErrorCode("ruleset_version_live", Kind.CONFLICT, "This version is live, or will be")
TRIAL_UNKNOWN: Final = ErrorCode("trial_unknown", Kind.NOT_FOUND, "There is no such trial")
TRIAL_INVALID: Final = ErrorCode("trial_invalid", Kind.INVALID, "A version cannot be tried like this")
TRIAL_RUNNING: Final = ErrorCode("trial_running", Kind.CONFLICT, "Another version is on trial")
TRIAL_OVER: Final = ErrorCode("trial_over", Kind.CONFLICT, "This trial is over")
GUARD_CARTS_MISSING: Final = ErrorCode(
    "guard_carts_missing", Kind.CONFLICT, "The publish policy looks at carts that are not there"
)
GUARD_AWAY: Final = ErrorCode("guard_away", Kind.UNAVAILABLE, "Past carts could not be decided this time")
APPROVAL_NEEDED: Final = ErrorCode("approval_needed", Kind.CONFLICT, "Somebody else has to agree first")
APPROVAL_UNKNOWN: Final = ErrorCode("approval_unknown", Kind.NOT_FOUND, "There is no such approval")
APPROVAL_REFUSED: Final = ErrorCode("approval_refused", Kind.CONFLICT, "Somebody else has looked at it and refused")
APPROVAL_OVERTAKEN: Final = ErrorCode("approval_overtaken", Kind.CONFLICT, "The draft is another one by now")
APPROVAL_DECIDED: Final = ErrorCode("approval_decided", Kind.CONFLICT, "Somebody has decided about it already")
SELF_APPROVAL: Final = ErrorCode("self_approval", Kind.FORBIDDEN, "Nobody agrees to what they wrote or asked for")
RULESET_UNREADABLE: Final = ErrorCode("ruleset_unreadable", Kind.INVALID, "The ruleset cannot be read as YAML")
COMMENT_UNKNOWN: Final = ErrorCode("comment_unknown", Kind.NOT_FOUND, "There is no such comment")
COMMENT_NOT_YOURS: Final = ErrorCode("comment_not_yours", Kind.FORBIDDEN, "Only its author takes a comment back")
RULE_BOOK_INVALID: Final = ErrorCode("rule_book_invalid", Kind.INVALID, "This cannot be a rule book")
