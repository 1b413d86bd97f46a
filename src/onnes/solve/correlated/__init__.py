"""Exact diagonalisation of correlated electrons on finite clusters."""
