"""Thin films in time: the time-dependent Ginzburg-Landau engine, its drive, screening, heat, records."""
