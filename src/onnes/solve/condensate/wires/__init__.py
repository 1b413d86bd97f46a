"""Thin wires and rings, where space is one-dimensional."""
