"""Vortex matter: Ginzburg-Landau condensates in films and bulk, London screening, levitation."""
