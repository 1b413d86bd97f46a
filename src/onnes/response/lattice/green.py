"""Green functions of the clean lattice, on a mesh of wavevectors and between cells.

G(k, z) = [z - H(k)]^-1 and g(R, z) = N^-1 sum_k exp(2 pi i k.R) G(k, z), which leads from the cell 0 to the
cell R of a periodic lattice of N cells. Rows and columns are those of H_BdG, (c_up, c†_dn), or of H(k).
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import fft

from onnes.errors import InvalidInput
from onnes.numerics import brillouin
from onnes.response.lattice.quasiparticles import hamiltonian
from onnes.state import State

BLOCK = 1 << 14
"""Wavevectors times energies handled at once, so that a block stays in the cache of a processor."""
ROUNDING = 1e-14
"""Relative size of what the sum over hoppings leaves of an imaginary part that is zero."""
MIRROR_LIMIT = 128
"""Cells along an axis up to which a cosine transform by matrix products is faster than a fast Fourier transform."""


class MeshGreen:
    """G(k, z) of one state on one mesh; elements are evaluated one at a time, in blocks of energies.

    Where H(k) is real and even along every axis, wavevectors and cells of one octant are enough (``mirror``).

    Parameters
    ----------
    state : a superconductor or a metal in momentum space.
    shape : cells of the periodic lattice, which is also the mesh of wavevectors.
    mirror : whether the octant may be used.
    """

    def __init__(self, state: State, shape: Sequence[int], *, mirror: bool = True) -> None:
        self.shape = (*(int(n) for n in shape), 1, 1)[:3]
        self.k = brillouin.mesh(self.shape)
        self.n_cells = len(self.k)
        self.matrix = hamiltonian(state, self.k)
        self.size = self.matrix.shape[-1]
        self.reciprocal, even = self._symmetries()
        self.mirror = mirror and even and max(self.shape) <= MIRROR_LIMIT
        self.weight = np.full(self.n_cells, 1 / self.n_cells)
        if self.mirror:
            self._keep_octant()
        self._eigen = np.linalg.eigh(self.matrix) if self.size > 2 else None

    def _symmetries(self) -> tuple[bool, bool]:
        """Return whether H(k) is real and even, so that g(R) = g(-R) = g(R)^T, and even along each axis alone."""
        h = self.matrix.reshape(*self.shape, self.size, self.size)
        bound = ROUNDING * np.max(np.abs(h))

        def is_even(*axes: int) -> bool:
            mirrored = np.roll(np.flip(h, axes), [1] * len(axes), axes)
            return bool(np.max(np.abs(h - mirrored)) <= bound)

        if np.max(np.abs(h.imag)) > bound or not is_even(0, 1, 2):
            return False, False
        return True, is_even(0) and is_even(1)

    def _keep_octant(self) -> None:
        halves = [np.arange(n // 2 + 1) for n in self.shape]
        # 0 and, of an even number, n/2 are their own mirror images.
        counts = [np.where((h == 0) | (2 * h == n), 1, 2) for h, n in zip(halves, self.shape, strict=True)]
        kept = np.ravel_multi_index(np.meshgrid(*halves, indexing="ij"), self.shape).ravel()
        self.k, self.matrix = self.k[kept], self.matrix[kept]
        self.weight = np.einsum("i,j,k->ijk", *counts).ravel() / self.n_cells
        self._cosines = [
            np.cos(2 * np.pi / n * np.outer(h, h)) * count / n
            for h, count, n in zip(halves, counts, self.shape, strict=True)
        ]
        self._folded = [np.minimum(np.arange(n), (n - np.arange(n)) % n) for n in self.shape]

    def sum_over(self, steps: np.ndarray) -> np.ndarray:
        """Return w (k, step) such that f(k) @ w = N^-1 sum_k exp(2 pi i k.R) f(k) for each step R (step, 3)."""
        if self.mirror:
            return np.prod(np.cos(2 * np.pi * self.k[:, None, :] * steps), axis=-1) * self.weight[:, None]
        return np.exp(2j * np.pi * (self.k @ steps.T)) * self.weight[:, None]

    def blocks(self, z: np.ndarray) -> Iterator[slice]:
        """Yield slices of the energies ``z`` that are worked on together."""
        step = max(1, BLOCK // len(self.k))
        for start in range(0, len(z), step):
            yield slice(start, min(start + step, len(z)))

    def columns(self, z: np.ndarray, rows: Sequence[int], columns: Sequence[int]) -> np.ndarray:
        """Return G_{rc}(k, z), complex (row, column, energy, k)."""
        if self._eigen is not None:
            return self._from_eigenvectors(z, rows, columns)
        found = np.empty((len(rows), len(columns), len(z), len(self.k)), complex)
        inverse, adjugate = self._closed_form(z)
        for i, r in enumerate(rows):
            for j, c in enumerate(columns):
                np.multiply(adjugate[r, c], inverse, out=found[i, j])
        return found

    def _closed_form(self, z: np.ndarray) -> tuple[np.ndarray, dict[tuple[int, int], np.ndarray]]:
        """Return 1/det(z - H) and the elements of adj(z - H), for one or two components."""
        h, w = self.matrix, z[:, None]
        if self.size == 1:
            return 1 / (w - h[:, 0, 0]), {(0, 0): np.ones(1)}
        a, d, b = h[:, 0, 0].real, h[:, 1, 1].real, h[:, 0, 1]
        above, below = w - a, w - d
        inverse = above * below
        inverse -= np.abs(b) ** 2
        np.reciprocal(inverse, out=inverse)
        return inverse, {(0, 0): below, (1, 1): above, (0, 1): b, (1, 0): b.conj()}

    def _from_eigenvectors(self, z: np.ndarray, rows: Sequence[int], columns: Sequence[int]) -> np.ndarray:
        energies, vectors = self._eigen
        left, right = vectors[:, list(rows), :], vectors[:, list(columns), :].conj()
        poles = 1 / (z[:, None, None] - energies)
        return np.einsum("kan,kbn,zkn->abzk", left, right, poles, optimize=True)

    def between_cells(self, values: np.ndarray) -> np.ndarray:
        """Return N^-1 sum_k exp(2 pi i k.R) f(k) for f (..., k): (..., n1, n2, n3), or its octant (see `unfold`)."""
        if not self.mirror:
            return fft.ifftn(
                values.reshape(*values.shape[:-1], *self.shape), axes=(-3, -2, -1), overwrite_x=True
            )
        sizes = [len(c) for c in self._cosines]
        parts = np.stack([values.real, values.imag])
        for cosines in reversed(self._cosines):
            # The last axis is transformed and becomes the first of the three.
            parts = parts.reshape(-1, len(cosines)) @ cosines.T
            parts = np.swapaxes(parts.reshape(-1, int(np.prod(sizes)) // len(cosines), len(cosines)), 1, 2)
        return (parts.reshape(2, -1)[0] + 1j * parts.reshape(2, -1)[1]).reshape(*values.shape[:-1], *sizes)

    def unfold(self, table: np.ndarray) -> np.ndarray:
        """Return a table (..., n1, n2, n3) of all cells from what `between_cells` returns."""
        if not self.mirror:
            return table
        first, second, third = self._folded
        return table[..., first, :, :][..., second, :][..., third]


def retarded(energy: np.ndarray, broadening: float) -> np.ndarray:
    """Return omega + i eta, complex (n,); raise `InvalidInput` unless eta > 0 and the energies are finite."""
    values = np.atleast_1d(np.asarray(energy, float))
    if values.ndim != 1 or len(values) == 0 or not np.all(np.isfinite(values)):
        raise InvalidInput(f"energies of shape {values.shape}", "give a vector of finite energies in meV")
    if not (np.isfinite(broadening) and broadening > 0):
        raise InvalidInput(f"broadening = {broadening}", "give a positive half width in meV")
    return values + 1j * broadening


def lattice_green(state: State, shape: Sequence[int], energy: np.ndarray, broadening: float) -> np.ndarray:
    """Return g(R, omega + i eta), complex (energy, n1, n2, n3, n, n), 1/meV, by fast Fourier transforms.

    Parameters
    ----------
    state : of `onnes.solve.given_gap` or `onnes.solve.bdg`, or of a normal metal.
    shape : cells of the periodic lattice.
    energy : meV (n,).
    broadening : eta, meV.
    """
    mesh, z = MeshGreen(state, shape), retarded(energy, broadening)
    every = range(mesh.size)
    parts = [mesh.unfold(mesh.between_cells(mesh.columns(z[part], every, every))) for part in mesh.blocks(z)]
    return np.moveaxis(np.concatenate(parts, axis=2), (0, 1), (-2, -1))
