"""What rules may read: fact types and units, vocabularies, literals, and the facts of one checkout."""
