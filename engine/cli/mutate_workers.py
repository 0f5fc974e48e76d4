"""How are the mutants of rulesets judged by several processes, and stopped cleanly?"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from engine.cli import exits, screen
from engine.cli.case_books import CaseBooks
from engine.cli.files import Files
from engine.cli.vocabularies import vocabularies
from engine.mutation.judge import judge_of
from engine.mutation.judging import Judge
from engine.mutation.model import Judged

CHUNK: Final = 6
"""Mutants a worker takes at a time: a survivor takes up to a second, so a longer row would leave others idle."""

WORTH_A_WORKER: Final = 60
"""With fewer mutants for each, starting another process takes longer than it saves."""


@dataclass(frozen=True, slots=True)
class Task:
    """Some mutants of a ruleset, by their numbers; `folder` has the vocabularies, `most_carts` bounds each search."""

    path: Path
    folder: Path | None
    numbers: tuple[int, ...]
    most_carts: int


_judges: dict[Path, Judge] = {}  # in a worker process only: made when the first task of a ruleset comes


def default_workers(mutants: int) -> int:
    """One process for each processor, but not more than pay off."""
    return max(1, min(os.cpu_count() or 1, mutants // WORTH_A_WORKER))


def judge_all(
    judges: dict[Path, Judge], tasks: Sequence[Task], workers: int, progress: Callable[[int], None]
) -> dict[Path, list[Judged]]:
    """Every verdict, by ruleset and number. The result does not depend on the number of workers."""
    found: dict[Path, list[Judged]] = {task.path: [] for task in tasks}
    chunks = [
        Task(task.path, task.folder, task.numbers[start : start + CHUNK], task.most_carts)
        for task in tasks
        for start in range(0, len(task.numbers), CHUNK)
    ]
    try:
        for chunk, judged in zip(chunks, _judged(judges, chunks, workers), strict=True):
            found[chunk.path] += judged
            progress(len(judged))
    except KeyboardInterrupt:
        done = sum(len(each) for each in found.values())
        screen.complain(f"stopped after {done:,} of {sum(len(task.numbers) for task in tasks):,} mutants")
        sys.exit(exits.INTERRUPTED)
    return found


def _judged(judges: dict[Path, Judge], chunks: Sequence[Task], workers: int) -> Iterator[list[Judged]]:
    if workers == 1:
        for chunk in chunks:
            yield [judges[chunk.path].judge(number) for number in chunk.numbers]
        return
    # Spawned, not forked: the progress bar draws from a thread, and a fork would copy its locks.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start)
    try:
        yield from pool.map(_work, chunks)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start() -> None:
    """First thing in a worker: Ctrl-C is for the parent, which then lets the workers finish their chunk."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(task: Task) -> list[Judged]:
    if task.path not in _judges:
        files = Files()
        books = CaseBooks(files, vocabularies(files, task.folder))
        _judges[task.path] = judge_for(books, task.path, task.most_carts)
    return [_judges[task.path].judge(number) for number in task.numbers]


def judge_for(books: CaseBooks, path: Path, most_carts: int) -> Judge:
    """The judge of a ruleset that was seen to be one, without errors."""
    ruleset = books.standing(path)
    assert ruleset is not None, f"{path} was a ruleset a moment ago"
    reading = books.shelf_of(path).reading(ruleset)
    assert reading.document is not None, f"{path} had no errors a moment ago"
    assert reading.vocabulary is not None, f"{path} had no errors a moment ago"
    return judge_of(
        reading.document,
        reading.vocabulary,
        books.book_for(ruleset),
        books.context_for(ruleset),
        most_carts=most_carts,
    )
