"""Variational Monte Carlo with projected pairing states."""
