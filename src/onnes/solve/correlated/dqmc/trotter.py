"""Imaginary time cut into slices: what one slice multiplies the electrons by.

exp(-beta H) = prod_l exp(-dt K/2) exp(-dt V) exp(-dt K/2) + O(dt^2), K = h - mu. The interaction of a site becomes
a field x = +-1 that the electrons of that site see (J. E. Hirsch, Phys. Rev. B 28, 4059 (1983)):
for U > 0 exp(-dt U (n_up - 1/2)(n_dn - 1/2)) = C sum_x exp(lambda x (n_up - n_dn)), cosh(lambda) = exp(U dt/2);
for U < 0 the same with exp(lambda x (n_up + n_dn - 1)) and |U|. C is positive and drops out of every mean.
"""

from typing import NamedTuple

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.correlated.hubbard import Hubbard

ALONE, EQUAL, CONJUGATE = 0, 1, 2
"""How the down electrons follow from the up ones: not at all, as equals, or as their holes on a bipartite lattice."""


class Slices(NamedTuple):
    """Constant tables of a run, for the compiled loops; N sites, two spins. Matrices float64 or complex128.

    ``forward``, ``backward``: exp(-+dt K). ``half``, ``half_back``: exp(-+dt K/2). ``factor`` (x, spin, site):
    exp(lambda x c) for x = -1, +1, with c = +-1 for the spins. ``change`` (x, spin, site): factor of the flipped
    field over this one, less one. ``boson`` (x, site): ratio of the classical weights on a flip. ``mirror``: see
    `ALONE`.
    """

    forward: np.ndarray
    backward: np.ndarray
    half: np.ndarray
    half_back: np.ndarray
    factor: np.ndarray
    change: np.ndarray
    boson: np.ndarray
    mirror: int
    sublattice: np.ndarray


def slices(model: Hubbard, step: float, *, mirrored: bool = True) -> Slices:
    """Return the tables of a time step ``step``, 1/meV.

    ``mirrored``: whether the down electrons are derived from the up ones where symmetry allows: for U <= 0 everywhere
    (both see the same field), and at half filling on a bipartite lattice with real hopping and U >= 0, where
    G_dn[i, j] = delta_ij - s_i s_j G_up[j, i].

    Raises
    ------
    InvalidInput : V or J, which no local field decouples; numbers too large for exp.
    """
    if model.V is not None or model.J is not None:
        raise InvalidInput("a model with V or J", "diagonalise it: the Monte Carlo takes hopping and U only")
    n = model.cluster.sites
    kinetic = model.cluster.hopping - model.chemical_potential * np.eye(n)
    levels, vectors = np.linalg.eigh(kinetic)
    if step * np.abs(levels).max() > 50 or step * np.abs(model.U).max() > 50:
        raise InvalidInput(f"a time step of {step:g}/meV", "take more slices: energies times step exceed 50")

    def exponential(time: float) -> np.ndarray:
        return np.ascontiguousarray((vectors * np.exp(-time * levels)) @ vectors.conj().T)

    coupling = np.arccosh(np.exp(np.abs(model.U) * step / 2))
    charge = model.U < 0
    sign = np.array([-1.0, 1.0])[:, None, None]
    spin = np.stack([np.ones(n), np.where(charge, 1.0, -1.0)])
    factor = np.exp(sign * spin * coupling)
    boson = np.where(charge, np.exp(2 * sign[:, 0] * coupling), 1.0)
    kind, sublattice = _mirror(model) if mirrored else (ALONE, np.ones(n))
    return Slices(
        exponential(step),
        exponential(-step),
        exponential(step / 2),
        exponential(-step / 2),
        factor,
        factor[::-1] / factor - 1,
        boson,
        kind,
        sublattice,
    )


def _mirror(model: Hubbard) -> tuple[int, np.ndarray]:
    n = model.cluster.sites
    if np.all(model.U <= 0):
        return EQUAL, np.ones(n)
    signs = model.cluster.bipartite
    plain = model.chemical_potential == 0 and not np.iscomplexobj(model.cluster.hopping)
    if plain and signs is not None and np.all(model.U >= 0):
        return CONJUGATE, signs.astype(float)
    return ALONE, np.ones(n)
