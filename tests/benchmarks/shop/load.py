"""Who sends the requests? A process of its own, so lean that the server has the cores to itself.

It reads a Job from the file that is named, sends ready-made bytes over keep-alive connections, one request at a time on
each, and prints `begin`, `end` and the Outcome as JSON, a line each: the caller reads CPU times at the first two.
"""

from __future__ import annotations

import asyncio
import re
import sys
from array import array
from collections import Counter
from functools import partial
from pathlib import Path
from time import perf_counter_ns, process_time
from typing import Final, cast

import msgspec
import uvloop

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_STATEMENTS: Final = re.compile(rb'\r\nserver-timing: db;desc="(\d+)"', re.IGNORECASE)
_MOST_SHOWN: Final = 500  # bytes of a wrong answer


class Request(msgspec.Struct, array_like=True):
    """One request, ready to be sent. Those that are not `counted` are work around the operation that is measured."""

    label: str
    content: bytes
    counted: bool = True


class Caller(msgspec.Struct, array_like=True):
    """One connection and what goes over it, in order; from the beginning again when `again`."""

    port: int
    requests: list[Request]
    again: bool


class Job(msgspec.Struct):
    """What to send for how long. Seconds."""

    warm_up: float
    seconds: float
    callers: list[Caller]


class Measured(msgspec.Struct):
    """All requests with one label inside the measured time. `statements` is None where the answer does not tell."""

    count: int
    p50_ms: float
    p99_ms: float
    statements: int | None
    counted: bool


class Outcome(msgspec.Struct):
    """What came of a job. `errors` counts answers that are no success, `first_error` shows one."""

    seconds: float
    cpu_seconds: float
    by_label: dict[str, Measured]
    errors: int
    first_error: str

    @property
    def operations(self) -> int:
        """Measured operations of all labels that count."""
        return sum(each.count for each in self.by_label.values() if each.counted)


class Tally:
    """What all connections of this process have measured together."""

    def __init__(self) -> None:
        self.is_measuring = False
        self.is_over = False
        self.nanoseconds: dict[str, array[int]] = {}
        self.statements: dict[str, Counter[int]] = {}
        self.counted: dict[str, bool] = {}
        self.errors = 0
        self.first_error = ""

    def note(self, request: Request, took: int, head: bytes) -> None:
        """A success."""
        if not self.is_measuring:
            return
        self.nanoseconds.setdefault(request.label, array("q")).append(took)
        self.counted[request.label] = request.counted
        told = _STATEMENTS.search(head)
        if told is not None:
            self.statements.setdefault(request.label, Counter())[int(told[1])] += 1

    def fail(self, why: str) -> None:
        """Anything else; also while warming up, because no error is a good one."""
        self.errors += 1
        self.first_error = self.first_error or why

    def outcome(self, seconds: float, cpu_seconds: float) -> Outcome:
        """Everything, summed up."""
        by_label = {label: self._measured(label, sorted(times)) for label, times in self.nanoseconds.items()}
        return Outcome(seconds, cpu_seconds, by_label, self.errors, self.first_error)

    def _measured(self, label: str, times: list[int]) -> Measured:
        # A request that now and then needs one more (a store looked up again) is not what it costs.
        usual = self.statements[label].most_common(1)[0][0] if label in self.statements else None
        return Measured(
            count=len(times),
            p50_ms=times[len(times) // 2] / 1e6,
            p99_ms=times[min(len(times) - 1, len(times) * 99 // 100)] / 1e6,
            statements=usual,
            counted=self.counted[label],
        )


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is complete."""

    def __init__(self, caller: Caller, tally: Tally) -> None:
        self._caller = caller
        self._tally = tally
        self._next = 0
        self._received = b""
        self._body_ends = 0
        self._sent_at = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass of it
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        if not self._body_ends:
            head_ends = self._received.find(b"\r\n\r\n")
            if head_ends < 0:
                return
            length = _LENGTH.search(self._received, 0, head_ends + 2)
            self._body_ends = head_ends + 4 + (int(length[1]) if length else 0)
        if len(self._received) >= self._body_ends:
            self._answered()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self._tally.fail("the server closed the connection")
            self.done.set_result(None)

    def _answered(self) -> None:
        took = perf_counter_ns() - self._sent_at
        request = self._caller.requests[self._next]
        if self._received[9:10] == b"2" and len(self._received) == self._body_ends:
            self._tally.note(request, took, self._received[: self._received.find(b"\r\n\r\n") + 2])
        else:
            self._tally.fail(f"{request.label}: {self._received[-_MOST_SHOWN:].decode(errors='replace')}")
        self._received, self._body_ends = b"", 0
        self._next += 1
        if self._next == len(self._caller.requests) and self._caller.again:
            self._next = 0
        self._send()

    def _send(self) -> None:
        if self._next == len(self._caller.requests) and not self._tally.is_over:
            self._tally.fail("the prepared requests did not last to the end")
        if self._tally.is_over or self._next == len(self._caller.requests):
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = perf_counter_ns()
        self._transport.write(self._caller.requests[self._next].content)


async def send(job: Job) -> Outcome:
    """Warm up, measure, and let the requests under way come back."""
    tally = Tally()
    loop = asyncio.get_running_loop()
    connections = []
    for caller in job.callers:
        made = await loop.create_connection(partial(Connection, caller, tally), "127.0.0.1", caller.port)
        connections.append(made[1])
    await asyncio.sleep(job.warm_up)
    tally.is_measuring = True
    print("begin", flush=True)
    began, cpu_began = perf_counter_ns(), process_time()
    await asyncio.sleep(job.seconds)
    tally.is_measuring = False
    seconds, cpu_seconds = (perf_counter_ns() - began) / 1e9, process_time() - cpu_began
    print("end", flush=True)
    tally.is_over = True
    await asyncio.wait_for(asyncio.gather(*(each.done for each in connections)), timeout=60)
    return tally.outcome(seconds, cpu_seconds)


def main() -> None:
    """Do the job in the file named on the command line."""
    job = msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes(), type=Job)
    outcome = uvloop.run(send(job))
    print(msgspec.json.encode(outcome).decode(), flush=True)


if __name__ == "__main__":
    main()
