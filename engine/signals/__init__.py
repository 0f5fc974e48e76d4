"""What do the signals of a shop see in what happened, and what follows from it? Pure; see `evaluate.py`.

For whoever calls it:

    program = compile_signals(document)                 # once for a published version
    evaluator = evaluator_of(program)                   # the network of durable-rules, or the chainer in its place
    outcome = evaluator.evaluate(Given(events=…, subjects=…, now=…))

What to load. When something happened, `lookups(program, event)` says which other events can make a pattern with it:
each `Lookup` names events, facts that have to be equal, and the instants between which to look (both directions: events
may come late). Load all of them and give them along with the event; more of them do no harm, and each counts once. For
signals about what has not happened, `idle_of(program)` lists them: a subject of `kind` that last changed at `since` is
due at `since + for`; and `is_watched(program, kind)` says whether derived facts and tags need subjects of that kind.

What comes back. `Outcome.firings` in order of time. Each has a `key` that is the same whenever the same thing is seen
again, so it is stored once (unique per store) and its effects are done once, in the transaction that stores it.
`Outcome.derived` are facts by subject, `Outcome.tags` says for every customer that was given which of the tags that the
ruleset manages it has and has not. Effects are data (`Effect`): flag or hold something, announce a name, tag or untag.

Instants are microseconds since 1970 UTC. Facts of an event are those of `notifications.events.facts_of`; money is in
minor units; sets of codes (`customer.tags`) are frozensets.
"""

from engine.signals.chainer import Chainer
from engine.signals.compile import Program, compile_signals
from engine.signals.evaluate import Evaluator, evaluator_of
from engine.signals.explain import Nearest, explain_firing, nearest
from engine.signals.lookups import IdleSignal, Lookup, idle_of, is_watched, lookups
from engine.signals.model import Effect, Firing, Given, Happened, Outcome, Subject

__all__ = [
    "Chainer",
    "Effect",
    "Evaluator",
    "Firing",
    "Given",
    "Happened",
    "IdleSignal",
    "Lookup",
    "Nearest",
    "Outcome",
    "Program",
    "Subject",
    "compile_signals",
    "evaluator_of",
    "explain_firing",
    "idle_of",
    "is_watched",
    "lookups",
    "nearest",
]
