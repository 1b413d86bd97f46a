"""Lattice superconductors: bands, pairing on a lattice, and their spectroscopies."""
