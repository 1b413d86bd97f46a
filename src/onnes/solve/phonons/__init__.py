"""Phonon-mediated and other isotropic pairing."""
