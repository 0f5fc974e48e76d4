"""Can the signals of a ruleset be put into a network, and does that end?

It is tried in a process of its own, which is killed when the time is up: a network that is too large never ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from engine.cli.limited import Ended, OutOfTime, Tell, Worker
from engine.cli.shelf import Shelf, Standing
from engine.documents.model.signals import SignalsDocument
from engine.signals import Program, compile_signals
from engine.signals.evaluate import why_no_network
from engine.signals.network import can_be_loaded
from engine.text.diagnostics import Diagnostic, error

SECONDS: Final = 20.0
"""More than a thousand times what the shipped ruleset takes."""


def networks(shelf: Shelf, standing: Sequence[Standing]) -> Iterator[Diagnostic]:
    """RS674 where the chainer will evaluate a ruleset, RS679 where building its network does not end.

    Nothing where durable-rules cannot be loaded: then nobody has a network.
    """
    documents = [shelf.reading(each).document for each in standing]
    signals = [document for document in documents if isinstance(document, SignalsDocument)]
    if not signals or not can_be_loaded():
        return
    with Worker(SECONDS) as worker:
        for document in signals:
            yield from _tried(worker, document)


def _tried(worker: Worker, document: SignalsDocument) -> Iterator[Diagnostic]:
    name = f"signals {document.head.name}/{document.head.version}"
    try:
        why = worker.do(partial(_build, compile_signals(document)), lambda _told: None)
    except (OutOfTime, Ended):
        message = f"the network of {name} was not built within {SECONDS:g} s"
        yield error("RS679", message, document.head.span, hint="write fewer signals, or simpler conditions")
        return
    if why:
        message = f"{name} has no network: {why}"
        yield error("RS674", message, document.head.span, hint="it is evaluated without one, and sees the same")


def _build(program: Program, _tell: Tell) -> str:
    """In the other process, which has nothing to tell before it is done."""
    return why_no_network(program)
