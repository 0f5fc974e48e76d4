"""Why can this not be done with a ruleset?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

RULESET_UNKNOWN: Final = ErrorCode("ruleset_unknown", Kind.NOT_FOUND, "There is no such ruleset or version")
DRAFT_UNKNOWN: Final = ErrorCode("draft_unknown", Kind.NOT_FOUND, "There is no such draft")
FILE_UNKNOWN: Final = ErrorCode("ruleset_file_unknown", Kind.NOT_FOUND, "The draft has no such file")
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
