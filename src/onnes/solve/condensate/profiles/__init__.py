"""One-dimensional problems and surfaces: vortex lines, walls, sheaths, superheating."""
