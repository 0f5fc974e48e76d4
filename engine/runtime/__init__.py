"""Evaluating a compiled program: what happens in every decision, and nothing else."""
