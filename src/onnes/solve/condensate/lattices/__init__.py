"""Periodic vortex lattices: their cells, shapes, magnetisation and flow."""
