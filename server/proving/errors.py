"""Why can this not be done with a proof?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

PROOF_UNKNOWN: Final = ErrorCode("proof_unknown", Kind.NOT_FOUND, "There is no such proof")
PROOF_OVER: Final = ErrorCode("proof_over", Kind.CONFLICT, "The proof has ended")
PROOFS_TOO_MANY: Final = ErrorCode("proofs_too_many", Kind.CONFLICT, "Too many proofs are waiting already")
PROOF_INVALID: Final = ErrorCode("proof_invalid", Kind.INVALID, "This cannot be asked of these rulesets")
