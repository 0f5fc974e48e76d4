"""The live rule book of every store, and the one function that asks it."""
