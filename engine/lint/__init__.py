"""What do the rules of one document mean together, and can that be meant? Proofs over boxes, with a cart as witness."""

from engine.lint.allowances import apply_allowances
from engine.lint.registry import LINTS, lint

__all__ = ["LINTS", "apply_allowances", "lint"]
