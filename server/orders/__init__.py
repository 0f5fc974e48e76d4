"""Orders: what was agreed, the life of each by the `orders` ruleset, parcels, returns and notes."""
