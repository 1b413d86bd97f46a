"""Bulk bodies whose vector potential is an unknown: cross-sections and boxes."""
