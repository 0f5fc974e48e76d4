"""Proofs: what is asked of lints, hunters and solvers about rule books, how far it is, and what came out."""
