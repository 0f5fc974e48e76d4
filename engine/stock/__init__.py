"""For how long units are kept for whom: decided by an inventory ruleset, and held by its cases."""
