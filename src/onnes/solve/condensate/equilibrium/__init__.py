"""Films of least energy: starts, descent, candidates."""
