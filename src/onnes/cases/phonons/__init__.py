"""Published results on phonon-mediated and other isotropic pairing."""
