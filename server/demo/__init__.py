"""A shop to look at: a catalogue that the shipped rulesets have something to say about, and people to be."""
