"""What would these signals have seen in what happened? Tried in a process of its own; nothing is done."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from server.decisions.dry_runs import book_of
from server.decisions.instants import microseconds
from server.errors import Fault
from server.signals import firings_repo, windows_repo
from server.signals.errors import PERIOD_INVALID, SIGNALS_MISSING, TRIED_TOO_LONG
from server.signals.finding import Found, find
from server.signals.firing import Watch, watch_of
from server.signals.schemas import TryBody
from server.signals.snapshot import KeptEvent
from server.web.call import Call
from server.web.processes import run_once
from storage.transaction import Transaction

_LOG: Final = structlog.get_logger("sostech.signals")

LONGEST: Final = timedelta(days=92)
MOST_EVENTS: Final = 20_000
LONGEST_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was found; `kept` are the keys of the newest firings that there really were."""

    watch: Watch
    is_complete: bool
    found: Found
    kept: frozenset[str]


async def try_out(call: Call, asked: TryBody) -> Tried:
    """What the signals of a rule book would have seen between two instants.

    Raises PERIOD_INVALID, SIGNALS_MISSING, TRIED_TOO_LONG, and what `dry_runs.book_of` raises.
    """
    _check(asked.since, asked.until)
    watch = watch_of(await book_of(call, asked.rulesets, "/rulesets"))
    if watch is None:
        raise SIGNALS_MISSING("this rule book has no signals ruleset for the currency of the store")
    names = sorted({name for _, seen in watch.program.patterns for step in seen.steps for name in step.events})
    longest = max((seen.within_seconds for _, seen in watch.program.patterns), default=0)

    async def read(tx: Transaction) -> list[KeptEvent]:
        # What came before is looked at too: it may be a part of what was complete within the time.
        since = asked.since - timedelta(seconds=longest)
        return await windows_repo.between(tx, names, since, asked.until, MOST_EVENTS + 1)

    kept = await call.database.transaction(call.store.id, read)
    try:
        found = await run_once(
            LONGEST_SECONDS, find, watch.program, kept[:MOST_EVENTS], microseconds(asked.since)
        )  # fmt: skip
    except (TimeoutError, BrokenProcessPool) as error:
        raise TRIED_TOO_LONG(f"it took more than {LONGEST_SECONDS:.0f} seconds; ask for fewer days") from error
    keys = [told.firing.key for told in found.newest]
    known = await call.database.transaction(call.store.id, lambda tx: firings_repo.known(tx, keys))
    if found.unreadable:
        _LOG.warning("signals_events_unreadable", events=found.unreadable)
    return Tried(watch=watch, is_complete=len(kept) <= MOST_EVENTS, found=found, kept=known)


def _check(since: datetime, until: datetime) -> None:
    """Raise PERIOD_INVALID with every fault."""
    faults = []
    if until <= since:
        faults.append(Fault("/until", PERIOD_INVALID.code, "has to be later than `from`"))
    elif until - since > LONGEST:
        faults.append(Fault("/until", PERIOD_INVALID.code, f"at most {LONGEST.days} days can be tried at a time"))
    faults += [
        Fault(pointer, PERIOD_INVALID.code, "the year has to lie between 1971 and 2999")
        for pointer, instant in (("/from", since), ("/until", until))
        if not 1971 <= instant.year < 3000
    ]
    if faults:
        raise PERIOD_INVALID(f"{faults[0].pointer}: {faults[0].message}", faults=faults)
