"""The sum over transitions by a spectral histogram with controlled error (see `onnes.numerics.hilbert`)."""

import numpy as np

from onnes.numerics.hilbert import PoleGrid
from onnes.response.lattice.lindhard import Transitions, packed


class Histogram:
    """Spectral weight of transitions on the nodes of a grid, filled block by block."""

    def __init__(self, grid: PoleGrid, size: int) -> None:
        self.grid = grid
        self.weight = np.zeros((grid.size, size * size))

    def add(self, pairs: Transitions) -> None:
        """Add the transitions of one block of k."""
        if len(pairs.energy):
            self.weight += self.grid.deposit(pairs.energy, pairs.occupation).T @ packed(pairs.vertex)

    def transform(self, omega: np.ndarray) -> np.ndarray:
        """Return the sum over poles at omega + i eta, packed complex (omega, D^2)."""
        kernel = self.grid.kernel(omega)
        return kernel.real @ self.weight + 1j * (kernel.imag @ self.weight)
