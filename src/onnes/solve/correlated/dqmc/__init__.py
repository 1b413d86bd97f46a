"""Determinant Monte Carlo of correlated electrons at finite temperature."""
