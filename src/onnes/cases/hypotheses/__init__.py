"""Contested hypotheses, tested with the same instruments as everything else."""
