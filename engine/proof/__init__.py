"""Do the invariants of a rule book hold for every cart? Proved, refuted by a cart, or honestly not decided."""
