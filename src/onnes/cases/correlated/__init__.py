"""Correlated electrons: the Hubbard and t-J models on finite clusters."""
