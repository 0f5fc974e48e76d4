"""Who sends the requests? A process of its own, so lean that the server has the cores to itself.

It reads a Job from the file that is named, sends ready-made bytes over keep-alive connections, one request at a time on
each, and prints `begin`, `end` and the Outcome as JSON, a line each: the caller reads CPU times at the first two.
Only a Step, which needs what an answer before it said, is put together when it is sent.
"""

from __future__ import annotations

import asyncio
import re
import sys
from functools import partial
from pathlib import Path
from time import perf_counter_ns, process_time
from typing import Final, cast

import msgspec
import uvloop

from tests.benchmarks.shop.tally import Outcome, Tally

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_MOST_SHOWN: Final = 500  # bytes of a wrong answer
_FIRST_PAUSE_SECONDS: Final = 0.01  # before the same is asked again; longer each time, or asking is most of the work
_LONGEST_PAUSE_SECONDS: Final = 0.16
_MOST_ASKED: Final = 300  # times, before we take it that the answer will never be the wanted one
_EXTENSION_SECONDS: Final = 0.1
_MOST_EXTENSIONS: Final = 300  # of the measured time
_GAP: Final = re.compile(rb"\{\{(\w+)\}\}")


class Step(msgspec.Struct):
    """How a request hangs together with those around it.

    Where its bytes have `{{name}}`, what an earlier answer said is filled in; its `body` is kept apart, because its
    length is known only then. `takes` are regular expressions by name: their first group is what later requests
    need of the answer. The request is sent again until its answer holds `until`. An operation of several requests
    begins with `begins` and is done with `ends`, its label: it counts, and not the requests.
    """

    body: bytes | None = None
    takes: dict[str, bytes] = {}
    until: bytes = b""
    begins: bool = False
    ends: str = ""


class Request(msgspec.Struct, array_like=True):
    """One request, ready to be sent. Those that are not `counted` are work around the operation that is measured."""

    label: str
    content: bytes
    counted: bool = True
    step: Step | None = None


class Caller(msgspec.Struct, array_like=True):
    """One connection and what goes over it, in order; from the beginning again when `again`.

    Requests that cannot be sent twice `may_run_out`: the measured time ends when the first connection has no more.
    """

    port: int
    requests: list[Request]
    again: bool
    may_run_out: bool = False


class Job(msgspec.Struct):
    """What to send for how long. Seconds."""

    warm_up: float
    seconds: float
    callers: list[Caller]


class Journey:
    """Where one connection is in an operation of several requests, and what the answers so far have said."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._said: dict[bytes, bytes] = {}
        self._began_at = 0
        self._asked = 0
        self._is_whole = True

    def content(self, request: Request, step: Step) -> bytes:
        """The bytes to send now."""
        if step.begins and not self._asked:
            self._said, self._began_at, self._is_whole = {}, perf_counter_ns(), True
        if step.body is None:
            return self._filled(request.content)
        body = self._filled(step.body)
        return b"%bContent-Length: %d\r\n\r\n%b" % (self._filled(request.content), len(body), body)

    def goes_on(self, step: Step, answer: bytes) -> bool:
        """Look at a success; whether the next request is due, or this one once more."""
        self._asked += 1
        if step.until not in answer and self._asked < _MOST_ASKED:
            return False
        self._asked = 0
        if step.until not in answer:
            self.fail(f"no answer had {step.until.decode()}")
        for name, pattern in step.takes.items():
            found = re.search(pattern, answer)
            if found is None:
                self.fail(f"no {name} in {answer[-_MOST_SHOWN:].decode(errors='replace')}")
            else:
                self._said[name.encode()] = found[1]
        if step.ends and self._is_whole:
            self._tally.note(step.ends, perf_counter_ns() - self._began_at)
        return True

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the same is asked once more."""
        return float(min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** (self._asked - 1)))

    def fail(self, why: str) -> None:
        """What went wrong makes the whole operation none."""
        self._tally.fail(why)
        self._asked, self._is_whole = 0, False

    def _filled(self, text: bytes) -> bytes:
        # What is missing was told as a failure already; the requests after it fail as well.
        return _GAP.sub(lambda gap: self._said.get(gap[1], b"missing"), text)


class Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last one is complete."""

    def __init__(self, caller: Caller, tally: Tally) -> None:
        self._caller = caller
        self._tally = tally
        self._journey = Journey(tally)
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
        request, answer = self._caller.requests[self._next], self._received
        is_success = answer[9:10] == b"2" and len(answer) == self._body_ends
        self._received, self._body_ends = b"", 0
        if is_success:
            self._tally.note(request.label, took, answer[: answer.find(b"\r\n\r\n") + 2], counted=request.counted)
            if request.step is not None and not self._journey.goes_on(request.step, answer):
                asyncio.get_running_loop().call_later(self._journey.pause_seconds, self._send)
                return
        else:
            self._journey.fail(f"{request.label}: {answer[-_MOST_SHOWN:].decode(errors='replace')}")
        self._next += 1
        if self._next == len(self._caller.requests) and self._caller.again:
            self._next = 0
        self._send()

    def _send(self) -> None:
        if self._next == len(self._caller.requests) and not self._tally.is_over and not self._may_end():
            self._tally.fail("the prepared requests did not last to the end")
        if self._tally.is_over or self._next == len(self._caller.requests):
            self._finish()
            return
        request = self._caller.requests[self._next]
        self._sent_at = perf_counter_ns()
        self._transport.write(request.content if request.step is None else self._journey.content(request, request.step))

    def _may_end(self) -> bool:
        return self._caller.may_run_out and self._tally.is_measuring

    def _finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self._transport.close()


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
    await _until_over(job, tally, [each.done for each in connections])
    tally.is_measuring = False
    seconds, cpu_seconds = (perf_counter_ns() - began) / 1e9, process_time() - cpu_began
    print("end", flush=True)
    tally.is_over = True
    await asyncio.wait_for(asyncio.gather(*(each.done for each in connections)), timeout=60)
    return tally.outcome(seconds, cpu_seconds)


async def _until_over(job: Job, tally: Tally, ends: list[asyncio.Future[None]]) -> None:
    """Until the time is over or a connection has ended; longer when not one operation was done by then."""
    seconds = job.seconds
    for _ in range(_MOST_EXTENSIONS):
        ended, _pending = await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if ended or tally.has_operations:
            return
        seconds = _EXTENSION_SECONDS


def main() -> None:
    """Do the job in the file named on the command line."""
    job = msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes(), type=Job)
    outcome = uvloop.run(send(job))
    print(msgspec.json.encode(outcome).decode(), flush=True)


if __name__ == "__main__":
    main()
