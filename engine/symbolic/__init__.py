"""A rule book as constraints over whole numbers, for a solver: every decision it can make satisfies them."""
