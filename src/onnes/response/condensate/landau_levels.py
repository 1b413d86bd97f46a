r"""Vortex lattices of one vortex to a cell in the basis of Landau levels, with higher gradients of a cubic crystal.

Units: length xi, energy density Bc^2/mu0. A lattice that repeats under magnetic translations has one function in
each Landau level, psi = sum_n c_n phi_n with <|phi_n|^2> = 1, and a plane wave acts as a phase on it times the
displacement of the cyclotron coordinate, so that with uniform induction (large kappa)

.. math:: f=c^\dagger(H-1)c+\tfrac12\sum_G|\rho_G|^2,\qquad|\rho_G|=|c^\dagger e^{-iG\cdot\eta}c|

is the whole Ginzburg-Landau energy, at any induction b: only the number of levels is cut.
"""

import numpy as np

from onnes.model.condensate.anisotropy import GradientTerms
from onnes.response.condensate.lattice_geometry import half_lattice, reciprocal_vectors, reduced_vectors

EXTRA = 8
"""Levels beyond the basis that powers of the momentum pass through."""


def momenta(levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Pi_1/sqrt(b) and Pi_2/sqrt(b), Pi = -i D, between the Landau levels; [Pi_1, Pi_2] = i b for q = +2e."""
    lower = np.diag(np.sqrt(np.arange(1, levels)), 1).astype(complex)
    upper = lower.conj().T
    return (lower + upper) / np.sqrt(2), (lower - upper) / (1j * np.sqrt(2))


def kinetic_matrix(terms: GradientTerms, axes: np.ndarray, b: float, levels: int) -> np.ndarray:
    """Return H of the gradients between Landau levels, in units of Bc^2/mu0, Hermitian (levels, levels).

    ``axes``: rows e1, e2, u of the plane and the field on the crystal axes. The field has no gradient along u.
    """
    one, two = momenta(levels + EXTRA)
    square = one @ one + two @ two
    total = b * square + terms.isotropic * b**2 * square @ square
    for a in range(3):
        along = axes[0, a] * one + axes[1, a] * two
        double = along @ along
        total = total + terms.cubic * b**2 * double @ double + terms.sextic * b**3 * double @ double @ double
    return total[:levels, :levels]


def displacements(wavevectors: np.ndarray, b: float, levels: int) -> np.ndarray:
    r"""Return <m|exp(-i G eta)|n> of the cyclotron coordinate, shape (count, levels, levels).

    It displaces the ladder operator by w = -(G_1 + i G_2)/sqrt(2 b):
    sqrt(m+1) d_{m+1,n} = sqrt(n) d_{m,n-1} + w d_{mn}.
    """
    w = -(wavevectors[:, 0] + 1j * wavevectors[:, 1]) / np.sqrt(2 * b)
    found = np.zeros((len(w), levels, levels), complex)
    found[:, 0, 0] = np.exp(-(np.abs(w) ** 2) / 2)
    for n in range(1, levels):
        found[:, 0, n] = -w.conj() * found[:, 0, n - 1] / np.sqrt(n)
    roots = np.sqrt(np.arange(levels))
    for m in range(levels - 1):
        found[:, m + 1] = w[:, None] * found[:, m]
        found[:, m + 1, 1:] += roots[1:] * found[:, m, :-1]
        found[:, m + 1] /= roots[m + 1]
    return found


def density_matrices(vectors: np.ndarray, b: float, levels: int) -> np.ndarray:
    """Return the displacements at half of the reciprocal lattice of a cell given in units of xi."""
    basis = reduced_vectors(reciprocal_vectors(vectors))
    # |<m|exp(-iG eta)|n>|^2 falls as exp(-|w|^2) beyond |w| of about 2 sqrt(levels): |w|^2 = G^2/2b
    most = (2 * np.sqrt(levels) + 6) ** 2 if levels > 1 else 40.0
    return displacements(half_lattice(basis, np.eye(2) / (2 * b), most), b, levels)


def level_energy(c: np.ndarray, kinetic: np.ndarray, densities: np.ndarray) -> tuple[float, np.ndarray]:
    """Return f and df/dc* of the coefficients c of the Landau levels."""
    moved = densities @ c
    rho = moved @ c.conj()
    linear = kinetic @ c - c
    norm = float(np.vdot(c, c).real)
    # G and -G: |rho|^2 twice, and the adjoint displacement in the slope
    back = np.einsum("gnm,n->gm", densities.conj(), c)
    slope = linear + norm * c + np.einsum("g,gm->m", rho.conj(), moved) + np.einsum("g,gm->m", rho, back)
    value = float(np.vdot(c, linear).real) + norm**2 / 2 + float((np.abs(rho) ** 2).sum())
    return value, slope


def level_ratio(c: np.ndarray, densities: np.ndarray) -> float:
    """Return beta = <|psi|^4>/<|psi|^2>^2."""
    rho = (densities @ c) @ c.conj()
    return float(1 + 2 * (np.abs(rho) ** 2).sum() / np.vdot(c, c).real ** 2)
