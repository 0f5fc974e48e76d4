"""What would take the shop along is not published: its network is built in a process of its own, with a limit."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import cast

import pytest

from engine.signals import Program
from server.decisions.books import BOOKS, LiveBook
from server.signals import gate
from server.signals.gate import network_is_built
from server.web.call import Call, Shop
from storage.tenancy import Store

NOTHING = Program(strata=(), signals=(), tags=())


@dataclass
class Asked:
    """A book somebody wants to publish."""

    book: LiveBook
    until: float


@pytest.fixture
def late(shop: Shop, store: Store) -> Asked:
    """A book without signals, for which all the time is used up."""
    book = replace(shop.use(BOOKS).live(store), signals=NOTHING)
    return Asked(book, until=0.0)


def hang(_program: Program) -> str:
    """In the other process: as the library in C does where a network is too much for it."""
    time.sleep(3600)
    return ""


def die(_program: Program) -> str:
    os._exit(3)


async def said(asked: Asked) -> list[str]:
    """What is said against publishing it."""
    return [each.message for each in await network_is_built(cast("Call", None), asked)]


async def test_what_is_not_built_in_time_is_refused(late: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "why_no_network", hang)
    assert await said(late) == ["its network is not built within 1 seconds"]


async def test_what_ends_the_process_that_builds_it_is_refused(late: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "why_no_network", die)
    assert await said(late) == ["building its network ends the process that does it"]


async def test_what_is_built_at_once_passes_however_little_time_is_left(late: Asked) -> None:
    assert await said(late) == []


async def test_a_book_without_a_ruleset_of_signals_passes(late: Asked) -> None:
    assert await said(replace(late, book=replace(late.book, signals=None))) == []
