"""What would these signals have seen in what happened? Tried in a process of its own; nothing is done."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from engine.signals import Chainer, Firing, Given, Happened, Program, explain_firing
from server.decisions.dry_runs import book_of
from server.errors import Fault
from server.signals import firings_repo, windows_repo
from server.signals.errors import PERIOD_INVALID, SIGNALS_MISSING, TRIED_TOO_LONG
from server.signals.firing import Watch, watch_of
from server.signals.schemas import TryBody
from server.signals.seen import readable
from server.signals.snapshot import microseconds
from server.signals.windows_repo import KeptEvent
from server.web.call import Call
from server.web.processes import run_once
from storage.transaction import Transaction

LONGEST: Final = timedelta(days=92)
MOST_EVENTS: Final = 20_000
MOST_FIRINGS: Final = 200
"""That are told one by one, the newest first."""
LONGEST_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A firing with its explanation."""

    firing: Firing
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How often each signal fires, which orders it holds, and the newest firings."""

    firings: dict[str, int]
    held: dict[str, int]
    newest: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was found, in how many events; `kept` are the keys of the newest firings that there really were."""

    watch: Watch
    events: int
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
    events = readable(kept[:MOST_EVENTS])
    try:
        found = await run_once(LONGEST_SECONDS, find, watch.program, events, microseconds(asked.since))
    except (TimeoutError, BrokenProcessPool) as error:
        raise TRIED_TOO_LONG(f"it took more than {LONGEST_SECONDS:.0f} seconds; ask for fewer days") from error
    keys = [told.firing.key for told in found.newest]
    known = await call.database.transaction(call.store.id, lambda tx: firings_repo.known(tx, keys))
    return Tried(
        watch=watch, events=len(events), is_complete=len(kept) <= MOST_EVENTS, found=found, kept=known
    )  # fmt: skip


def find(program: Program, events: Sequence[Happened], since: int) -> Found:
    """All firings from that instant on. In the other process."""
    outcome = Chainer(program).evaluate(Given(now=0, events=tuple(events)))
    firings = [firing for firing in outcome.firings if firing.at >= since]
    counts = {signal.id: 0 for signal, _ in program.patterns}
    held: dict[str, set[str]] = {name: set() for name in counts}
    for firing in firings:
        counts[firing.signal] += 1
        held[firing.signal] |= {effect.target_id for effect in firing.effects if effect.kind == "hold"}
    by_id = {event.id: event for event in events}
    newest = tuple(
        Told(
            firing=firing, explanation=explain_firing(program, firing, [by_id[name] for name in firing.events])
        )
        for firing in reversed(firings[-MOST_FIRINGS:])
    )  # fmt: skip
    return Found(firings=counts, held={name: len(orders) for name, orders in held.items()}, newest=newest)


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
