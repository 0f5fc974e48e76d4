"""What each kind of ruleset may say: readers, JSON Schemas and the typed documents they give."""
