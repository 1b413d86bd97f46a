"""What the case on the thermodynamics of the Hubbard model computes: chains at several steps, and exact clusters.

All in units of the hopping: t = 1 meV, k T in meV. Energies are per site, with U (n_up - 1/2)(n_dn - 1/2).
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path

import numpy as np

from onnes import model, solve
from onnes.cases.correlated import hubbard_analysis as analysis
from onnes.cases.correlated.hubbard_analysis import Limit
from onnes.errors import OnnesWarning, TooShort
from onnes.model.correlated.hubbard import Hubbard
from onnes.state import State
from onnes.study.case import Quality
from onnes.study.executors import task_seed
from onnes.units import K_B

SEED = 5
COARSEST = 0.4
"""sqrt(U t) dt of the longest step; the shortest is half of it, U t dt^2 = 0.04."""
LONGER = (1, 2, 4, 8)
"""A chain that is too short for its autocorrelation time goes on, up to eight times as long."""
WARM = 300
BLOCK = 50
"""Sweeps of a block."""
COLUMNS = 1
"""Pairs of sweeps between attempts to flip one site at all times: single flips alone rarely turn a moment over."""
ANCHOR_BETA = 4.0
ANCHOR_U = (4.0, 6.0, 8.0)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is computed.

    ``anchor``, ``beside``: sweeps on exactly solved clusters, and beside the other code. ``weak``, ``strong``,
    ``doped``: inverse temperatures on 4x4 at U = 4, at U = 8, and at U = 4 with holes; ``*_sweeps`` at each step.
    ``large``, ``large_strong``: the same on 8x8; ``eight``: on the ladder of 4 x 2 sites, U = 4 and 8. ``parts``:
    steps as multiples of half of the smallest number of slices. ``samples``: random vectors of Lanczos.
    """

    anchor: int
    beside: int
    weak: tuple[float, ...]
    weak_sweeps: int
    strong: tuple[float, ...]
    strong_sweeps: int
    doped: tuple[float, ...]
    doped_sweeps: int
    large: tuple[float, ...]
    large_sweeps: int
    large_strong: tuple[float, ...]
    large_strong_sweeps: int
    eight: tuple[float, ...]
    eight_sweeps: int
    parts: tuple[int, ...]
    samples: int


PLANS = {
    Quality.QUICK: Plan(
        anchor=2000,
        beside=2500,
        weak=(0.2, 0.4, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.5, 8.0),
        weak_sweeps=800,
        strong=(0.2, 0.4, 0.7, 1.0, 1.4, 2.0, 2.8, 3.6),
        strong_sweeps=1000,
        doped=(0.2, 0.4, 0.7, 1.0, 1.4, 2.0, 2.8),
        doped_sweeps=500,
        large=(4.0,),
        large_sweeps=300,
        large_strong=(),
        large_strong_sweeps=0,
        eight=(0.4, 1.0, 2.0),
        eight_sweeps=800,
        parts=(2, 4),
        samples=6,
    ),
    Quality.FULL: Plan(
        anchor=20000,
        beside=40000,
        weak=(0.15, 0.25, 0.4, 0.55, 0.75, 1.0, 1.3, 1.7, 2.25, 3.0, 4.0, 5.5, 8.0, 12.0, 20.0),
        weak_sweeps=6000,
        strong=(0.15, 0.25, 0.4, 0.55, 0.75, 1.0, 1.3, 1.7, 2.25, 3.0, 4.0, 5.5, 8.0, 12.0),
        strong_sweeps=12000,
        doped=(0.15, 0.25, 0.4, 0.55, 0.75, 1.0, 1.3, 1.7, 2.25, 3.0, 4.0, 5.5),
        doped_sweeps=6000,
        large=(0.25, 0.5, 0.75, 1.0, 1.5, 2.25, 3.5, 5.0, 8.0, 12.0),
        large_sweeps=2000,
        large_strong=(0.25, 0.5, 0.75, 1.0, 1.5, 2.25, 3.5, 5.0),
        large_strong_sweeps=3000,
        eight=(0.25, 0.4, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0),
        eight_sweeps=8000,
        parts=(2, 3, 4),
        samples=30,
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A model over temperatures, dt -> 0: ``values`` and ``errors`` (temperature,) by name, rising in beta.

    Names: energy (<H>/N without -mu N), grand (<H - mu N>/N), double, electrons, moment, staggered (4 S(pi, pi) of one
    spin component), sign, entropy.
    """

    label: str
    model: Hubbard
    beta: np.ndarray
    values: Mapping[str, np.ndarray]
    errors: Mapping[str, np.ndarray]

    @property
    def temperature(self) -> np.ndarray:
        """k T, meV."""
        return 1 / self.beta


def kelvin(beta: float) -> float:
    """Return T in K of beta in 1/meV."""
    return 1 / (K_B * beta)


def square(side: int, U: float, mu: float = 0.0) -> Hubbard:
    """Return side x side sites, closed both ways."""
    return Hubbard(model.square_cluster(side, side, 1.0), U, chemical_potential=mu)


def ladder(U: float) -> Hubbard:
    """Return the closed ladder of 4 x 2 sites."""
    return Hubbard(model.ladder_cluster(4, 1.0), U)


def anchors() -> dict[str, model.Cluster]:
    """Return the clusters of which all levels are known."""
    return {
        "dimer": model.chain_cluster(2, 1.0),
        "4-ring": model.ring_cluster(4, 1.0),
        "6-ring": model.ring_cluster(6, 1.0),
    }


def slices_of(U: float, beta: float, parts: tuple[int, ...]) -> tuple[int, ...]:
    """Return numbers of slices: ``parts`` times half the smallest number that is fine enough, which is two at least."""
    half = max(2, ceil(beta * sqrt(U) / COARSEST / 2))
    return tuple(half * part for part in parts)


def chain(job: Hubbard, label: str, beta: float, slices: int, sweeps: int, folder: Path) -> State:
    """Return one run, resumed from ``folder`` where it was begun; longer where its autocorrelation time asks for it.

    Raises
    ------
    TooShort : eight times as long is not enough either.
    """
    strongest = float(np.abs(job.U).max())
    name = f"{label} U={strongest:g} mu={job.chemical_potential:g} beta={beta:g} L={slices}"
    for longer in LONGER:
        sampling = solve.Sampling(blocks=max(10, sweeps * longer // BLOCK), sweeps=BLOCK, columns=COLUMNS)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", OnnesWarning)  # long steps are there to be extrapolated
                return solve.dqmc(
                    job,
                    kelvin(beta),
                    slices=slices,
                    sampling=sampling,
                    seed=task_seed(SEED, name),
                    checkpoint=folder / name.replace(" ", "_"),
                )
        except TooShort:
            if longer == LONGER[-1]:
                raise
    raise AssertionError


def measured(state: State) -> dict[str, tuple[float, float]]:
    """Return what is read off a run, with standard errors."""
    names = {
        "energy": "energy_per_site",
        "kinetic": "kinetic_energy",
        "double": "double_occupancy_per_site",
        "electrons": "electrons_per_site",
        "sign": "average_sign",
    }
    found = {key: (float(state[name]), float(state[f"{name}_error"])) for key, name in names.items()}
    found["moment"] = float(state["local_moment"][0]), float(state["local_moment_error"][0])
    waves = state["wavevector"]
    corner = np.flatnonzero(np.isclose(waves, 0.5).all(axis=1))
    if len(corner):
        q = int(corner[0])
        found["staggered"] = (
            4 * float(state["spin_structure_factor"][q]),
            4 * float(state["spin_structure_factor_error"][q]),
        )
    mu = state.model.chemical_potential
    # energy and number are correlated; the sum of both errors bounds that of the difference
    found["grand"] = (
        found["energy"][0] - mu * found["electrons"][0],
        found["energy"][1] + abs(mu) * found["electrons"][1],
    )
    return found


def limits(
    job: Hubbard, label: str, beta: float, sweeps: int, parts: tuple[int, ...], folder: Path
) -> dict[str, Limit]:
    """Return every quantity at dt -> 0."""
    counts = slices_of(float(np.abs(job.U).max()), beta, parts)
    runs = [measured(chain(job, label, beta, count, sweeps, folder)) for count in counts]
    step = beta / np.array(counts)
    return {
        name: analysis.limit(step, *(np.array([run[name][k] for run in runs]) for k in (0, 1)))
        for name in runs[0]
    }


def scan(
    label: str, job: Hubbard, betas: tuple[float, ...], sweeps: int, parts: tuple[int, ...], folder: Path
) -> Scan:
    """Return a model over temperatures with its entropy."""
    points = [limits(job, label, beta, sweeps, parts, folder) for beta in betas]
    beta = np.array(betas)
    values = {name: np.array([p[name].value for p in points]) for name in points[0]}
    errors = {name: np.array([p[name].error for p in points]) for name in points[0]}
    if len(betas) > 3:
        values["entropy"], errors["entropy"] = analysis.entropy(
            beta, values["grand"], errors["grand"], analysis.first_moments(job)
        )
    return Scan(label, job, beta, values, errors)


def exact_scan(label: str, job: Hubbard, betas: np.ndarray, samples: int) -> Scan:
    """Return a small cluster by exact diagonalisation, or by finite-temperature Lanczos, over temperatures."""
    order = np.argsort(betas)[::-1]
    state = solve.exact_thermodynamics(job, kelvin(betas[order]), samples=samples, steps=60, seed=SEED)
    sites = job.cluster.sites
    names = {
        "grand": ("cluster_energy", sites),
        "double": ("mean_double_occupancy", 1),
        "entropy": ("cluster_entropy", sites),
        "heat": ("cluster_heat", sites),
        "electrons": ("cluster_electrons", sites),
    }
    values = {key: state[name][::-1] / size for key, (name, size) in names.items()}
    errors = {key: state[f"{name}_error"][::-1] / size for key, (name, size) in names.items()}
    values["energy"] = values["grand"] + job.chemical_potential * values["electrons"]
    errors["energy"] = errors["grand"]
    return Scan(label, job, betas[order][::-1], values, errors)
