"""Who may do what: access rulesets compiled, decisions with their reasons, and the cases that hold them."""
