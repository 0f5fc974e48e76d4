"""Conditions as sets of values on axes: the algebra that the index, the lints and the hints share."""
