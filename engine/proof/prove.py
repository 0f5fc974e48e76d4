"""Does a claim hold for every cart? Bounds first, then a hunt for a cart that contradicts it, then the solver.

Every part is bounded by counts, never by time: the same book, claim and limits give the same verdict. A limit of time
is the caller's, who ends the process. A cart that the solver offers is believed once the evaluator has decided it so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.util import find_spec
from typing import Final

import msgspec
from msgspec.structs import replace

from engine.documents.axes import canonical_text
from engine.documents.model import Claim, Invariant, Splitting
from engine.facts.cart import Cart
from engine.hunt.search import MOST, Tell, hunt, shrink
from engine.proof.bounds import by_bounds
from engine.proof.holds import Contradiction, Judge, contradicted_by
from engine.proof.verdict import Verdict
from engine.runtime.book import Book
from engine.symbolic.terms import NO_SOLVER

PROVER: Final = 2
"""Raised when a verdict of before must not be used again: a part that proves or searches became another."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to go: carts the hunter tries, effort of the solver (20 million is about 2 s), and up to how many lines a
    cart has where the solver must look at each line (0: no solver).
    """

    carts: int = MOST
    effort: int = 20_000_000
    lines: int = 2
    seed: int = 0


QUICK: Final = Limits(carts=150, effort=0, lines=0)
"""What a check has time for."""

NEAR: Final = 200
"""Carts tried near one that the solver offered and the evaluator decided otherwise."""


def prove(book: Book, invariant: Invariant, limits: Limits = Limits(), tell: Tell | None = None) -> Verdict:
    """The verdict on one claim of the rulesets of the book. `tell` is told how many carts were searched so far."""
    quick = proved_by_bounds(book, invariant)
    if quick is not None:
        return quick
    judge = Judge(book, invariant)
    hunted = hunt((book,), lambda cart: judge.about(cart) is not None, most=limits.carts, seed=limits.seed, tell=tell)
    found = None if hunted.cart is None else judge.about(hunted.cart)
    if found is not None:
        return _refuted(invariant, found, "hunter", hunted.searched, smallest=hunted.smallest)
    return _solved(book, invariant, limits, hunted.searched)


def proved_by_bounds(book: Book, invariant: Invariant) -> Verdict | None:
    """The proof that needs no search; None where there is none."""
    scope = by_bounds(book, invariant)
    return None if scope is None else replace(_proved(invariant, scope, ("bounds",)), for_all_carts=True)


def key(book: Book, invariant: Invariant, limits: Limits = Limits()) -> str:
    """sha256 (64 hex digits) of all a verdict depends on: equal keys have equal verdicts."""
    parts = {
        "prover": PROVER,
        "solver": has_solver(),
        "currency": book.currency,
        "rulesets": dict(sorted(book.rulesets.items())),
        "claim": claim_text(invariant.claim),
        "when": canonical_text(invariant.when),
        "limits": asdict(limits),
    }
    return sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def has_solver() -> bool:
    """Whether the solver is installed; without it bounds and hunter still run."""
    return find_spec("z3") is not None


def claim_text(claim: Claim) -> str:
    """The claim on one line, equal for equal claims."""
    fields = msgspec.json.encode(asdict(claim), order="deterministic").decode()
    return f"{type(claim).__name__.lower()} {fields}"


def proved_by_solver(book: Book, invariant: Invariant) -> bool:
    """Whether what a solver proves of totals is what the claim means.

    Of two carts of a splitting, the second comes after the first, so codes and counted uses make it another cart than
    the solver's.
    """
    if not isinstance(invariant.claim, Splitting):
        return True
    lanes = [] if book.promotions is None else [lane for stage in book.promotions.lanes.values() for lane in stage]
    return book.coupons is None and not any(rule.counted for lane in lanes for rule in lane.rules)


# the solver ----------------------------------------------------------------------------------------------------


def _solved(book: Book, invariant: Invariant, limits: Limits, searched: int) -> Verdict:
    undecided = not_decided(invariant, "", searched)
    if limits.lines == 0:
        return replace(undecided, reason="only a few carts were tried")
    if not proved_by_solver(book, invariant):
        return replace(undecided, reason="uses are counted between the two carts, which the solver does not follow")
    if not has_solver():
        return replace(undecided, reason=NO_SOLVER)
    from engine.symbolic import solve as solver  # it needs a moment, and most claims do not need it

    answer = solver.solve(book, invariant, rlimit=limits.effort, lines=limits.lines)
    if isinstance(answer, solver.Proved):
        return _proved(invariant, answer.scope, ("solver",), searched)
    if isinstance(answer, solver.Unknown):
        return replace(undecided, reason=answer.reason)
    return _replayed(book, invariant, answer.carts, undecided, limits)


def _replayed(book: Book, invariant: Invariant, carts: Sequence[Cart], undecided: Verdict, limits: Limits) -> Verdict:
    """What the evaluator says of the carts that the solver offers."""
    judge = Judge(book, invariant)
    shown = next((cart for cart in carts if judge.about(cart) is not None), None)
    if shown is not None:
        smaller = shrink(shown, lambda cart: judge.about(cart) is not None)
        found = judge.about(smaller.cart or shown)
        if found is not None:
            return _refuted(invariant, found, "solver", undecided.searched, smallest=smaller.smallest)
    exactly = contradicted_by(book, invariant, carts)
    if exactly is not None:
        return _refuted(invariant, exactly, "solver", undecided.searched, smallest=False)
    near = hunt((book,), lambda cart: judge.about(cart) is not None, most=NEAR, seed=limits.seed, first=carts)
    found = None if near.cart is None else judge.about(near.cart)
    searched = undecided.searched + near.searched
    if found is not None:
        return _refuted(invariant, found, "solver", searched, smallest=near.smallest)
    reason = "the solver offers a cart that is decided otherwise: it admits more than the rules do"
    return replace(undecided, reason=reason, searched=searched, scope=_searched(searched))


# verdicts ------------------------------------------------------------------------------------------------------


def not_decided(invariant: Invariant, reason: str, searched: int = 0) -> Verdict:
    """The verdict where somebody stopped before there was another one."""
    return Verdict(
        invariant=invariant.id,
        at=str(invariant.span),
        status="not_decided",
        scope=_searched(searched),
        searched=searched,
        reason=reason,
    )


def _proved(invariant: Invariant, scope: str, by: tuple[str, ...], searched: int = 0) -> Verdict:
    at = str(invariant.span)
    return Verdict(invariant=invariant.id, at=at, status="proved", scope=scope, by=by, searched=searched)


def _refuted(invariant: Invariant, found: Contradiction, by: str, searched: int, *, smallest: bool) -> Verdict:
    return Verdict(
        invariant=invariant.id,
        at=str(invariant.span),
        status="refuted",
        scope=_searched(searched),
        by=(by,),
        steps=found.steps,
        smallest=smallest,
        searched=searched,
        said=found.said,
    )


def _searched(carts: int) -> str:
    return "1 cart searched" if carts == 1 else f"{carts:,} carts searched"
