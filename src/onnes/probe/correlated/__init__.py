"""Spectra of correlated electrons from imaginary-time data of Monte Carlo runs."""
