"""Magnets above superconductors: images, perfect screening, the critical state."""
