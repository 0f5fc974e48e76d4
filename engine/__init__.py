"""Compiles and evaluates rulesets: pure functions, no disk, clock, network or randomness."""
