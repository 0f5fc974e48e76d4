"""From a cart to a price that holds: quotes."""
