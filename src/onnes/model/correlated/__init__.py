"""Correlated electrons on finite clusters: Hubbard and t-J models."""
