"""What can go wrong when the rule book is asked?"""

from __future__ import annotations

from server.errors import ErrorCode, Kind

RULES_MISSING = ErrorCode("rules_missing", Kind.UNAVAILABLE, "The store has no rulesets it could decide with")
AMOUNT_INVALID = ErrorCode("amount_invalid", Kind.INVALID, "An amount cannot be read in this currency")
BASKET_INVALID = ErrorCode("basket_invalid", Kind.INVALID, "The basket cannot be decided")
EXPLANATION_NOT_ALLOWED = ErrorCode(
    "explanation_not_allowed", Kind.FORBIDDEN, "This level of explanation is not for your roles"
)
DECISION_UNKNOWN = ErrorCode("decision_unknown", Kind.NOT_FOUND, "There is no such decision in the log")
MIX_INVALID = ErrorCode("ruleset_choice_invalid", Kind.INVALID, "The choice of rulesets cannot be read")
MIX_UNKNOWN = ErrorCode("ruleset_choice_unknown", Kind.NOT_FOUND, "There is no such ruleset or draft to choose")
MIX_FAULTY = ErrorCode("ruleset_choice_faulty", Kind.INVALID, "The chosen rulesets do not decide together")
PINNED_MISSING = ErrorCode("pinned_rulesets_missing", Kind.GONE, "The rulesets that decided this are not kept")
CLAIM_BROKEN = ErrorCode(
    "invariant_broken", Kind.UNAVAILABLE, "The rulesets would charge what they claim never to charge"
)
HITS_UNKNOWN = ErrorCode("ruleset_decided_nothing", Kind.NOT_FOUND, "This version of a ruleset has decided nothing")
