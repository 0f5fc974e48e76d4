"""Do the invariants of a rule book hold for every cart? Proved, refuted by a cart, or honestly not decided."""

from engine.proof.holds import Contradiction, claims_of, contradicted_by, contradiction
from engine.proof.prove import PROVER, QUICK, Limits, key, not_decided, prove, proved_by_bounds
from engine.proof.verdict import Status, Step, Verdict
from engine.symbolic.terms import NO_SOLVER

__all__ = [
    "NO_SOLVER",
    "PROVER",
    "QUICK",
    "Contradiction",
    "Limits",
    "Status",
    "Step",
    "Verdict",
    "claims_of",
    "contradicted_by",
    "contradiction",
    "key",
    "not_decided",
    "prove",
    "proved_by_bounds",
]
