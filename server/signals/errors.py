"""Why can this not be said of signals?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

FIRING_UNKNOWN: Final = ErrorCode("signal_firing_unknown", Kind.NOT_FOUND, "There is no such firing of a signal")
SIGNALS_MISSING: Final = ErrorCode("signals_missing", Kind.CONFLICT, "The store has no signals ruleset")
TRIED_TOO_LONG: Final = ErrorCode("signals_dry_run_too_long", Kind.UNAVAILABLE, "Trying these signals takes too long")
PERIOD_INVALID: Final = ErrorCode("signals_period_invalid", Kind.INVALID, "This is no period that can be tried")
