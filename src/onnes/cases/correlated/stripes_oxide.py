"""The copper-oxygen plane of the case on fluctuating stripes: three orbitals a cell, in holes."""

from dataclasses import dataclass

import numpy as np

from onnes import model, solve
from onnes.model.correlated.hubbard import Hubbard
from onnes.solve.correlated.dqmc.chain import Sampling
from onnes.state import State
from onnes.study.case import Quality
from onnes.units import K_B

TPD, TPP, UD, UP, DELTA = 1130.0, 490.0, 8500.0, 4100.0, 3240.0
"""meV."""
BETA, SLICES = 8e-3, 64
"""1/meV, and slices of 0.125/eV."""
TEMPERATURE = 1 / (K_B * BETA)
SEED = 2017


@dataclass(frozen=True, slots=True)
class Plane:
    """A cluster of ``side`` x ``side`` cells at a chemical potential ``mu`` (meV, of holes, from the level of d)."""

    label: str
    side: int
    mu: float

    @property
    def model(self) -> Hubbard:
        """The three-band model.

        U n_up n_dn = U (n_up - 1/2)(n_dn - 1/2) + U n/2 - U/4: beside interactions about half filling, the levels are
        those of one hole plus half of U.
        """
        cluster = model.three_band_cluster(
            self.side, self.side, tpd=TPD, tpp=TPP, level_d=UD / 2, level_p=DELTA + UP / 2
        )
        return model.Hubbard(
            cluster, model.three_band_interaction(cluster, UD, UP), chemical_potential=self.mu
        )


SMALL = (Plane("one hole a cell", 2, 50.0), Plane("more holes", 2, 900.0))
LARGE = (Plane("one hole a cell", 4, -190.0), Plane("nine holes in eight cells", 4, 350.0))


def plane_states(quality: Quality) -> dict[Plane, State]:
    """Run the planes: 2 x 2 cells at the quick quality, 4 x 4 at the full one."""
    # U of 68 kT: moments turn over by flips of whole columns, not by single ones
    planes, sampling = SMALL, Sampling(warm=100, blocks=30, sweeps=150, columns=1)
    if quality is Quality.FULL:
        planes, sampling = LARGE, Sampling(warm=500, blocks=60, sweeps=400, columns=1)
    found = {}
    for plane in planes:
        record = solve.dqmc_chain(plane.model, TEMPERATURE, slices=SLICES, sampling=sampling, seed=SEED)
        found[plane] = solve.dqmc_result(
            plane.model, TEMPERATURE, [record], slices=SLICES, sampling=sampling, seed=SEED, throw=False
        )
    return found


def on_copper(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return distance (cells), <S_0.S_r>/3 between coppers, and its standard error, by rising distance, each once."""
    both = (state["pair_orbital_from"] == 0) & (state["pair_orbital_to"] == 0)
    place = np.abs(state["pair_displacement"][both])
    _, which = np.unique(np.round(np.sort(place, axis=1), 6), axis=0, return_inverse=True)
    r = np.linalg.norm(place, axis=1)
    values, errors = state["spin_by_class"][both] / 3, state["spin_by_class_error"][both] / 3
    groups = [which.reshape(-1) == k for k in range(which.max() + 1)]
    order = np.argsort([r[g].mean() for g in groups], kind="stable")

    def mean(array: np.ndarray) -> np.ndarray:
        return np.array([array[g].mean() for g in groups])[order]

    return mean(r), mean(values), mean(errors)  # the error of one: images of a pair are not independent
