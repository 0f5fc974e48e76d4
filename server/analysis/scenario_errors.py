"""Why can this not be done with a saved scenario?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

SCENARIO_UNKNOWN: Final = ErrorCode("scenario_unknown", Kind.NOT_FOUND, "There is no such saved scenario")
SCENARIOS_UNKNOWN: Final = ErrorCode("scenarios_unknown", Kind.INVALID, "Some of these scenarios are not there")
SCENARIO_NAME_TAKEN: Final = ErrorCode("scenario_name_taken", Kind.CONFLICT, "Another scenario has this name")
SCENARIOS_TOO_MANY: Final = ErrorCode("scenarios_too_many", Kind.CONFLICT, "No more scenarios can be kept")
EXPECTATION_INVALID: Final = ErrorCode("expectation_invalid", Kind.INVALID, "What is expected cannot be compared")
NO_CASE: Final = ErrorCode("scenario_no_case", Kind.INVALID, "The scenario cannot be written as a case")
CASE_NAME_TAKEN: Final = ErrorCode("case_name_taken", Kind.CONFLICT, "The draft has a case of this name already")
DRAFT_UNREADABLE: Final = ErrorCode("draft_unreadable", Kind.INVALID, "No case can be added to this text")
