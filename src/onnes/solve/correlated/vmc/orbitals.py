"""Filled levels of the mean field of a trial state, and how they turn with its parameters.

Modes 0..N-1 are up electrons, modes N..2N-1 holes of down electrons: a configuration (R, D) is the set of modes R and
N + (sites without a down electron). The amplitude of the trial state is the determinant of the filled orbitals at them.
"""

from dataclasses import dataclass

import numpy as np

from onnes.errors import InvalidInput
from onnes.model.correlated.gutzwiller import MeanFieldTerm, ProjectedBCS

OPEN_SHELL = 1e-9
"""Gap above the filled levels, over the largest level, below which the mean field has no unique ground state."""


@dataclass(frozen=True, slots=True, eq=False)
class Orbitals:
    """Filled orbitals (2 site, M), empty ones (2 site, 2 site - M), and all levels in rising order."""

    filled: np.ndarray
    empty: np.ndarray
    levels: np.ndarray

    @property
    def count(self) -> int:
        return self.filled.shape[1]


def fill_levels(trial: ProjectedBCS, particles: tuple[int, int]) -> Orbitals:
    """Return the orbitals of the M = N + N_up - N_dn lowest levels of the mean field.

    Raises
    ------
    InvalidInput : the highest filled and the lowest empty level coincide.
    """
    matrix = trial.mean_field()
    n = trial.cluster.sites
    count = n + particles[0] - particles[1]
    levels, vectors = np.linalg.eigh(matrix)
    scale = max(float(np.abs(levels).max()), 1e-300)
    if 0 < count < 2 * n and levels[count] - levels[count - 1] < OPEN_SHELL * scale:
        raise InvalidInput(
            "the mean field of the trial state has levels at zero energy (an open shell or a node of the gap)",
            "change the boundary (antiperiodic, twist) or the chemical potential",
        )
    return Orbitals(
        np.ascontiguousarray(vectors[:, :count]), np.ascontiguousarray(vectors[:, count:]), levels
    )


def rotation(orbitals: Orbitals, term: MeanFieldTerm) -> np.ndarray:
    """Return K = (dV/dp) V+ (2 site, 2 site) for a small change of the parameter of ``term``.

    First-order perturbation theory: dV = E Q, Q_eo = <e|T|o>/(level_o - level_e), with E the empty orbitals.
    """
    m = orbitals.count
    below, above = orbitals.levels[:m], orbitals.levels[m:]
    mixing = orbitals.empty.conj().T @ term.matrix() @ orbitals.filled
    mixing = mixing / (below[None, :] - above[:, None])
    return orbitals.empty @ mixing @ orbitals.filled.conj().T


def pair_function(trial: ProjectedBCS) -> np.ndarray:
    """Return phi (site, site) of the trial's mean field: |BCS> ~ exp(sum_ij phi_ij c+_i,up c+_j,dn)|0>.

    phi = V_up V_hole^-1. Amplitudes of n + n electrons are then det phi(R, D), up to a constant factor.

    Raises
    ------
    InvalidInput : levels that are filled with certainty, so that phi is infinite, or as `fill_levels`.
    """
    n = trial.cluster.sites
    orbitals = fill_levels(trial, (0, 0))
    holes = orbitals.filled[n:]
    if np.linalg.cond(holes) > 1e12:
        raise InvalidInput(
            "the pair function is infinite: some levels are filled with certainty",
            "use its determinants through solve.variational, which need no pair function, or give every level a gap",
        )
    return orbitals.filled[:n] @ np.linalg.inv(holes)


def tableau(orbitals: Orbitals, columns: np.ndarray, rows: np.ndarray) -> np.ndarray | None:
    """Return X = V[rows] V[columns]^-1: ratios of amplitudes, or None where the configuration has no weight.

    X[a, p] is the factor of the determinant when particle p, at mode columns[p], moves to the empty mode rows[a].
    """
    square = orbitals.filled[columns]
    try:
        found = np.linalg.solve(square.T, orbitals.filled[rows].T).T
    except np.linalg.LinAlgError:
        return None
    if not np.all(np.isfinite(found)):
        return None
    return np.ascontiguousarray(found)
