"""Who evaluates the signals of a version that is live? Its network, built once in this process; else the chainer.

A network cannot be unloaded, so there is one for each meaning of a ruleset (its hash, and the currency its amounts were
read in) and only for what is live: drafts are tried with the chainer, which says the same. Building and evaluating hold
a lock in C, so neither is done on the event loop.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from engine.signals import Chainer, Evaluator, Given, Outcome, Program, evaluator_of
from server.signals.firing import Watch
from server.web.call import Resource

MOST_NETWORKS: Final = 200
"""In one process; whatever goes live after that is evaluated by the chainer until the process starts anew."""

_LOG: Final = structlog.get_logger("sostech.signals")


class Evaluators:
    """The evaluators of this process.

    `has_networks` is for processes that only work: what the library in C may do to its process (ADR 19) must not happen
    to one that serves. Others evaluate with the chainer, which says the same.
    """

    def __init__(self) -> None:
        self.has_networks = False
        self._known: dict[tuple[str, str], Evaluator] = {}
        self._building = asyncio.Lock()

    async def evaluate(self, watch: Watch, given: Given) -> Outcome:
        """What follows, by the signals that are live."""
        evaluator = self._known.get(watch.meaning) or await self._built(watch)
        try:
            return await asyncio.to_thread(evaluator.evaluate, given)
        except Exception:  # the library in C raises what it likes; a fault of ours the chainer raises again
            if evaluator.name == Chainer.name:
                raise
            _LOG.exception("signals_network_fault", ruleset=watch.ruleset.hash)
            self._known[watch.meaning] = Chainer(watch.program)
            return await tried(watch.program, given)

    async def _built(self, watch: Watch) -> Evaluator:
        async with self._building:
            found = self._known.get(watch.meaning)
            if found is None:
                is_room = self.has_networks and len(self._known) < MOST_NETWORKS
                found = await asyncio.to_thread(evaluator_of, watch.program) if is_room else Chainer(watch.program)
                self._known[watch.meaning] = found
                _LOG.info("signals_evaluator", ruleset=watch.ruleset.hash, evaluator=found.name)
            return found


async def tried(program: Program, given: Given) -> Outcome:
    """The same of a program that is not live."""
    return await asyncio.to_thread(Chainer(program).evaluate, given)


EVALUATORS: Final = Resource[Evaluators]("signals.evaluators")
