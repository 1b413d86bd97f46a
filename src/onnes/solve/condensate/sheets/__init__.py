"""Screening by sheet currents: London films, inductances, self-consistent links."""
