"""What is said of the claims of a book, as JSON of the command line? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.cli.shelf import Label
from engine.proof import Limits, Verdict, claims_of, prove, proved_by_bounds
from engine.proof.witness import given_lines
from server.decisions.books import LiveBook
from server.proving.snapshot import Options


def claims(live: LiveBook) -> list[dict[str, str]]:
    """What the rulesets of the book claim, in order: `invariant`, `ruleset` and `at` of each."""
    return [
        {"invariant": invariant.id, "ruleset": _label(document.head), "at": str(invariant.span)}
        for document, invariant in claims_of(live.book)
    ]


def verdicts(live: LiveBook, options: Options) -> Iterator[tuple[int, dict[str, Any]]]:
    """What is said of each claim, with its number in that order, as soon as it is known: what takes a moment first."""
    limits = Limits() if options.carts is None else Limits(carts=options.carts)
    known = proved_at_once(live)
    yield from ((number, part) for number, part in enumerate(known) if part is not None)
    for number, (claim, (_, invariant)) in enumerate(zip(claims(live), claims_of(live.book), strict=True)):
        if known[number] is None:
            yield number, _verdict(claim, prove(live.book, invariant, limits), live)


def proved_at_once(live: LiveBook) -> list[dict[str, Any] | None]:
    """What is said of each claim, in the same order, that its bounds alone prove, which takes a moment; else None."""
    found = zip(claims(live), claims_of(live.book), strict=True)
    proved = ((claim, proved_by_bounds(live.book, invariant)) for claim, (_, invariant) in found)
    return [None if verdict is None else _verdict(claim, verdict, live) for claim, verdict in proved]


def proof(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The report of all verdicts."""
    found = [part["status"] for part in parts]
    counted = {status: found.count(status) for status in ("proved", "refuted", "not_decided")}
    return {"claims": len(parts), **counted, "verdicts": list(parts)}


def partial(
    claims: Sequence[Mapping[str, str]], parts: Sequence[Mapping[str, Any] | None], reason: str
) -> dict[str, Any]:  # fmt: skip
    """The report where only some claims have a verdict (else None), and why the others have none."""
    return proof([part or _open_verdict(claim, reason) for claim, part in zip(claims, parts, strict=True)])


def witness(verdict: Mapping[str, Any]) -> str:
    """The carts of a refutation, each as a scenario is written, with what was measured on it."""
    return "\n".join(_step(step) for step in verdict["steps"])


def _open_verdict(claim: Mapping[str, str], reason: str) -> dict[str, Any]:
    nothing = {"scope": "", "for_all_carts": False, "by": [], "said": "", "searched": 0, "smallest": False, "steps": []}
    return {**claim, "status": "not_decided", "reason": reason, **nothing}


def _verdict(claim: Mapping[str, str], verdict: Verdict, live: LiveBook) -> dict[str, Any]:
    return {**claim, **verdict.as_plain(live.vocabulary)}


def _step(step: Mapping[str, Any]) -> str:
    measured = ", ".join(f"{name} {amount}" for name, amount in step["measured"].items())
    title = f"# {step['says']}: {measured}" if step["says"] else f"# {measured}"
    return "\n".join([title, *given_lines(step["given"])])


def _label(head: Any) -> str:
    return str(Label(head.kind, head.name, head.version))
