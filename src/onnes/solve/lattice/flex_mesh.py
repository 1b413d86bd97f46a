"""Wavevectors, imaginary times and frequencies of fluctuation exchange, and the transforms between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import fft

from onnes.errors import InvalidInput
from onnes.numerics.lehmann import Lehmann, conversion, lehmann

GIB = 2.0**30
CLAMP = 0.9995
"""Largest Stoner factor during the first iterations: the bare bubble may lie beyond the instability that FLEX heals."""
REACH = 2.0
"""Spectra are sought within this many (band width + U): the bubble of two widths, and room."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Matrices between frequencies and times, and the mesh. Arrays are (frequency or time, cell, ...)."""

    kt: float
    grid: tuple[int, int, int]
    basis: Lehmann
    to_tau: np.ndarray  # fermionic frequencies -> tau
    to_reverse: np.ndarray  # fermionic frequencies -> beta - tau
    to_mirror: np.ndarray  # fermionic frequencies -> their negatives
    to_fermions: np.ndarray  # tau -> fermionic frequencies
    to_bosons: np.ndarray  # tau -> bosonic frequencies
    bosons_to_tau: np.ndarray
    at_beta: np.ndarray  # fermionic frequencies -> tau = beta
    at_zero: np.ndarray  # fermionic frequencies -> tau = 0+

    @classmethod
    def build(cls, kt: float, mesh: Sequence[int], width: float, epsilon: float) -> "Mesh":
        """Choose times and frequencies for bands and interactions that are ``width`` (meV) together."""
        grid = tuple(int(s) for s in mesh) + (1,) * (3 - len(mesh))
        basis = lehmann(1 / kt, REACH * width, epsilon)
        fermions, bosons = basis.fermions(basis.fermionic), basis.bosons(basis.bosonic)
        times = basis.times(basis.tau)
        return cls(
            kt, grid, basis,
            conversion(fermions, times),
            conversion(fermions, basis.times(-basis.tau)),
            conversion(fermions, basis.fermions(-1 - basis.fermionic)),
            conversion(times, fermions),
            conversion(times, bosons),
            conversion(bosons, times),
            conversion(fermions, basis.times(np.array([-1e-300])))[0],
            conversion(fermions, basis.times(np.array([0.0])))[0],
        )  # fmt: skip

    @property
    def count(self) -> int:
        """Return the number of sampled frequencies, and of times."""
        return len(self.basis.poles)

    @property
    def cells(self) -> int:
        return int(np.prod(self.grid))

    @property
    def iw(self) -> np.ndarray:
        return 1j * self.basis.frequencies

    @property
    def static(self) -> int:
        """Return which sampled bosonic frequency is zero; the largest row of the kernel is always sampled."""
        return int(np.flatnonzero(self.basis.bosonic == 0)[0])

    def real(self, values: np.ndarray) -> np.ndarray:
        """Return sum_k/N exp(ik.R) of functions on the mesh (second axis)."""
        return self._transform(fft.ifftn, values)

    def reversed(self, values: np.ndarray) -> np.ndarray:
        """Return the same at -R."""
        return self._transform(fft.fftn, values) / self.cells

    def reciprocal(self, values: np.ndarray) -> np.ndarray:
        """Return sum_R exp(-ik.R) of functions of R (second axis)."""
        return self._transform(fft.fftn, values)

    def negative(self, values: np.ndarray) -> np.ndarray:
        """Return functions on the mesh (second axis) at -k."""
        index = np.arange(self.cells).reshape(self.grid)
        for axis in range(3):
            index = np.roll(np.flip(index, axis), 1, axis)
        return values[:, index.ravel()]

    def _transform(self, transform: object, values: np.ndarray) -> np.ndarray:
        on_grid = values.reshape(len(values), *self.grid, *values.shape[2:])
        return transform(on_grid, axes=(1, 2, 3)).reshape(values.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one iteration finds: mu, the next self-energy, and how near the instabilities are."""

    mu: float
    self_energy: np.ndarray
    bubble: np.ndarray  # kept in the state
    used: float  # share of the interaction that was used: below 1 beyond an instability
    spin: float  # largest Stoner factors of the whole interaction, and at which cell
    charge: float
    spin_cell: int
    charge_cell: int


def convert(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Apply a matrix to the first axis."""
    return (matrix @ values.reshape(len(values), -1)).reshape(len(matrix), *values.shape[1:])


def require_temperature(temperature: float) -> None:
    """Raise `InvalidInput` unless the temperature is positive."""
    if not (np.isfinite(temperature) and temperature > 0):
        raise InvalidInput(f"temperature = {temperature}", "give a positive temperature in K")


def require_memory(need: float, limit: float, mesh: tuple[int, ...], count: int) -> None:
    """Raise `InvalidInput` where more than ``limit`` GiB are needed."""
    if need > limit:
        raise InvalidInput(
            f"FLEX on a mesh {tuple(mesh)} with {count} frequencies needs {need:.1f} GiB (limit {limit:g})",
            "take fewer k points, or raise memory",
        )
