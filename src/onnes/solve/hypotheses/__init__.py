"""Solvers of contested descriptions."""
