"""Particle-hole transitions of quasiparticles, and their sum pole by pole.

With c_k,a,up = sum_n u_an gamma_n and c†_-k,a,dn = sum_n v_an gamma_n the spin operator of two orbitals,
S_ab(q) = 1/2 sum_k (c†_k,a,up c_k+q,b,up - c†_k,a,dn c_k+q,b,dn), is 1/2 sum M_ab,nm gamma†_n(k) gamma_m(k+q) with ::

    M_ab,nm(k) = u*_an(k) u_bm(k+q) + v*_bn(k) v_am(k+q)

The relative sign of the two terms (normal and anomalous: G G and F F) is that of an operator that is odd
under time reversal. Hence the bubble, twice the correlation of S_ab with S_cd†, in 1/meV a cell::

    chi0_ab,cd(q, z) = 1/(2 N) sum_k,nm [f_n(k) - f_m(k+q)] M_ab M*_cd / [E_m(k+q) - E_n(k) - z]

In a normal metal v = 0 for the electrons of one spin and the factor 1/2 goes: Lindhard's function for one spin.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from onnes.response.lattice.quasiparticles import quasiparticles
from onnes.state import State

BLOCKED = 1e-14
"""Transitions whose statistical factor f(1 - f') is smaller are left out (Fermi mask)."""


@dataclass(frozen=True, slots=True)
class Transitions:
    """Transitions that are not blocked.

    Parameters
    ----------
    energy : float (pair,), E_m(k+q) - E_n(k), meV.
    occupation : float (pair,), (f_n - f_m) times the weight of k.
    static : float (pair,), occupation/energy, with its limit where the energy vanishes, 1/meV.
    vertex : complex (pair, orbital^2), M_ab, pair index a*n + b.
    """

    energy: np.ndarray
    occupation: np.ndarray
    static: np.ndarray
    vertex: np.ndarray


Levels = tuple[np.ndarray, np.ndarray]
"""Energies (k, n), and vectors as rows (k, n, component)."""


def levels(state: State, k: ArrayLike) -> Levels:
    """Return energies (k, n) and vectors as rows (k, n, component)."""
    energies, vectors = quasiparticles(state, k)
    return energies, np.ascontiguousarray(np.swapaxes(vectors, -1, -2))


def statistics(lower: np.ndarray, upper: np.ndarray, kt: float) -> np.ndarray:
    """Return f(lower) [1 - f(upper)], the factor that blocks a transition."""
    if kt == 0:
        return np.heaviside(-lower, 0.5) * np.heaviside(upper, 0.5)
    return expit(-lower / kt) * expit(upper / kt)


def transitions(
    at_k: Levels,
    at_kq: Levels,
    kt: float,
    weight: np.ndarray,
    n_orbitals: int,
    keep: np.ndarray | None = None,
) -> Transitions:
    """Return the transitions between levels at k and at k + q.

    Parameters
    ----------
    at_k, at_kq : energies (k, n) and vectors as rows (k, n, component); 2 n_orbitals components (u, v) of a
        superconductor, n_orbitals of a normal metal.
    kt : meV.
    weight : (k,), the factor in front of the sum included.
    keep : bool (k, n, m), the transitions that are wanted; all where absent.
    """
    (energy_k, rows_k), (energy_q, rows_q) = at_k, at_kq
    lower = np.minimum(energy_k[:, :, None], energy_q[:, None, :])
    upper = np.maximum(energy_k[:, :, None], energy_q[:, None, :])
    factor = statistics(lower, upper, kt)
    wanted = factor > BLOCKED if keep is None else (factor > BLOCKED) & keep
    k, n, m = np.nonzero(wanted)
    energy = energy_q[k, m] - energy_k[k, n]
    size, free = np.abs(energy), factor[wanted] * weight[k]
    if kt > 0:
        difference = -free * np.expm1(-size / kt)
        small = size < 1e-9 * kt
        static = np.where(small, free / kt, difference / np.where(small, 1.0, size))
    else:
        difference, small = free, size < 1e-12
        static = np.where(small, 0.0, difference / np.where(small, 1.0, size))
    vertex = _vertex(rows_k[k, n].conj(), rows_q[k, m], n_orbitals)
    return Transitions(energy, np.copysign(difference, energy), static, vertex)


def _vertex(bra: np.ndarray, ket: np.ndarray, n: int) -> np.ndarray:
    """Return M_ab (pair, n^2) from conjugated rows at k and rows at k + q."""
    vertex = bra[:, :n, None] * ket[:, None, :n]
    if bra.shape[1] > n:
        vertex += ket[:, n:, None] * bra[:, None, n:]
    return vertex.reshape(len(bra), n * n)


def packed(vertex: np.ndarray) -> np.ndarray:
    """Return the Hermitian matrices M M† as real numbers (pair, D^2): upper triangle, real then imaginary parts."""
    size = vertex.shape[1]
    half = size * (size + 1) // 2
    table = np.empty((len(vertex), size * size))
    conjugate = vertex.conj()
    real, imaginary = 0, half
    for i in range(size):
        product = vertex[:, i : i + 1] * conjugate[:, i:]
        table[:, real : real + size - i] = product.real
        table[:, imaginary : imaginary + size - i - 1] = product.imag[:, 1:]
        real, imaginary = real + size - i, imaginary + size - i - 1
    return table


def unpacked(table: np.ndarray, size: int) -> np.ndarray:
    """Return the matrices (..., size, size) from sums over `packed` with any complex weights."""
    half = size * (size + 1) // 2
    rows, columns = np.triu_indices(size)
    strict = rows < columns
    found = np.zeros((*table.shape[:-1], size, size), complex)
    found[..., rows, columns] = table[..., :half]
    found[..., columns, rows] = table[..., :half]
    odd = 1j * table[..., half:]
    found[..., rows[strict], columns[strict]] += odd
    found[..., columns[strict], rows[strict]] -= odd
    return found


def direct_sum(pairs: Transitions, omega: np.ndarray, broadening: float) -> np.ndarray:
    """Return sum_p occupation_p (M M†)_p/(x_p - omega - i eta), packed complex (omega, D^2): a matrix product."""
    table = packed(pairs.vertex)
    table *= pairs.occupation[:, None]
    distance = pairs.energy - omega[:, None]
    inverse = 1 / (distance**2 + broadening**2)
    distance *= inverse
    inverse *= broadening
    return distance @ table + 1j * (inverse @ table)


def static_sum(pairs: Transitions) -> np.ndarray:
    """Return sum_p (M M†)_p (f_n - f_m)/x_p, Hermitian (D, D), 1/meV."""
    return (pairs.vertex.T * pairs.static) @ pairs.vertex.conj()
