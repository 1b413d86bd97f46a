"""Exact ground states of the t-J model on small clusters, beside the projected d wave on the same ones.

Energies in units of t, J = 0.4 t, term -J n n/4 included. The cluster of ten sites repeats along (3, 1) and (-1, 3).
"""

from dataclasses import dataclass, replace

import numpy as np

from onnes import model, solve
from onnes.cases.correlated.rvb_projected import EXCHANGE, Effort, optimised
from onnes.state import State
from onnes.study.case import Quality

TEN = ((3, 1), (-1, 3))
PAIRS_OF_HOLES = (0, 1, 3)
"""Of ten sites; with four holes its lowest state is a triplet."""
HOLE_MOMENTUM = (0.0, 0.5)
"""r.l.u.: a momentum of one hole on 4 x 4, where (0, pi) and (pi/2, pi/2) are degenerate; the full run checks it."""


def tilted_cluster(first: tuple[int, int], second: tuple[int, int]) -> model.Cluster:
    """Return the square lattice (t = 1) that repeats along two vectors, sites as near to the origin as can be."""
    lattice = np.array([first, second])
    inverse, size = np.linalg.inv(lattice), abs(round(np.linalg.det(lattice)))
    number: dict[tuple[int, ...], int] = {}

    def key(place: np.ndarray) -> tuple[int, ...]:
        return tuple(np.round(np.asarray(place) @ inverse * size).astype(int) % size)

    reach = [(x, y) for x in range(-size, size) for y in range(-size, size)]
    places = []
    for place in sorted(reach, key=lambda v: (v[0] ** 2 + v[1] ** 2, -v[0], -v[1])):
        if key(place) not in number:
            number[key(place)] = len(places)
            places.append(place)
    sites = np.array(places)
    moves = np.array([[number[key(p + s)] for p in sites] for s in sites])
    hopping = np.zeros((size, size))
    for step in ((1, 0), (0, 1)):
        for i, p in enumerate(sites):
            j = number[key(p + step)]
            hopping[i, j] -= 1.0
            hopping[j, i] -= 1.0
    grid = [(a, b) for a in range(size) for b in range(size)]
    waves = {tuple(np.round(inverse @ pair * size).astype(int) % size) for pair in grid}
    return model.Cluster(hopping, sites.astype(float), moves, np.array(sorted(waves)) / size, "square")


@dataclass(frozen=True, slots=True)
class Compared:
    """Exact and variational results of one cluster and number of holes; nan where a method does not go."""

    name: str
    holes: int
    sites: int
    exact: float
    variational: float = np.nan
    error: float = np.nan
    exact_pairs: float = np.nan
    variational_pairs: float = np.nan
    largest: float = np.nan
    drude: float = np.nan

    @property
    def doping(self) -> float:
        return self.holes / self.sites


def off_diagonal(state: State) -> tuple[float, float]:
    """Return the sum over disjoint bonds of f_b f_b' <D+_b D_b'> per bond, f of a d wave, and the largest occupation.

    A singlet that moves to a bond without a common site needs two holes there: the sum is zero at half filling.
    """
    cluster = state.model.cluster
    classes = model.pair_classes(cluster)
    bonds = np.argwhere(np.triu(np.abs(cluster.hopping) > 0, 1))
    along = np.abs(classes.displacement[classes.index][bonds[:, 0], bonds[:, 1], 0]) > 0.5
    pairs = solve.pair_density(state, [(int(i), int(j)) for i, j in bonds])
    sign = np.where(along, 1.0, -1.0)
    touch = np.any(bonds[:, None, :, None] == bonds[None, :, None, :], axis=(2, 3))
    rho = np.where(touch, 0.0, pairs["singlet_density"].real)
    return float(sign @ rho @ sign) / len(bonds), float(pairs["singlet_occupation"][0])


def ten_sites(effort: Effort) -> tuple[list[Compared], float, float]:
    """Return exact and variational results of ten sites, the binding energy of two holes, and the worst momentum.

    The last number is how far other momenta lie below those taken here.
    """
    cluster = tilted_cluster(*TEN)
    tj = model.TJ(cluster, model.nearest_bonds(cluster, EXCHANGE))
    origin = int(np.argmin(np.linalg.norm(cluster.wavevectors, axis=1)))
    rows, below = [], 0.0
    for pairs in PAIRS_OF_HOLES:
        particles = (5 - pairs, 5 - pairs)
        # the ground state of two holes is degenerate with others of finite momentum; this one has all symmetries
        state = solve.exact_diagonalisation(tj, particles, momentum=origin)
        below = max(below, float(state["many_body_energy"]) - lowest(tj, particles))
        found, largest = off_diagonal(state)
        drude = solve.charge_stiffness(tj, particles, momentum=origin)
        rows.append(
            Compared("10 sites", 2 * pairs, 10, float(state["many_body_energy"]), exact_pairs=found,
                     largest=largest, drude=drude)
        )  # fmt: skip
    for i, level in ((0, -0.3), (1, -0.1)):
        rows[i] = with_variational(rows[i], tj, level, effort)
    binding = rows[0].exact + rows[1].exact - 2 * lowest(tj, (5, 4))
    return rows, binding, below


def lowest(tj: model.TJ, particles: tuple[int, int]) -> float:
    """Return the ground state energy (t) of all momenta."""
    state = solve.exact_diagonalisation(tj, particles, all_correlations=False, keep_wavefunction=False)
    return float(state["many_body_energy"])


def with_variational(row: Compared, tj: model.TJ, level: float, effort: Effort) -> Compared:
    """Return the row with the energy and pairs of the optimised projected d wave, on the same periodic cluster."""
    particles = ((row.sites - row.holes) // 2,) * 2
    start = model.projected_bcs(tj.cluster, d_wave=0.5, chemical_potential=level)
    trial = optimised(tj, start, particles, replace(effort, steps=2 * effort.steps)).model.trial
    state = solve.variational(tj, trial, particles, sweeps=2 * effort.measured, chains=2)
    bonds = np.count_nonzero(np.triu(tj.J))
    return replace(
        row,
        variational=float(state["variational_energy"]),
        error=float(state["variational_energy_error"]),
        variational_pairs=float(state["bond_singlet_by_class"] @ state["pair_bonds"]) / bonds,
    )


def sixteen_sites(quality: Quality) -> tuple[list[Compared], float, float]:
    """Return exact results of 4 x 4 with no, one and two holes, the binding energy, and the worst momentum.

    The last number is how far other momenta lie below those taken here, zero if none does, nan if not looked at.
    """
    cluster = model.square_cluster(4, 4, 1.0)
    tj = model.TJ(cluster, model.nearest_bonds(cluster, EXCHANGE))
    near = np.linalg.norm(cluster.wavevectors - HOLE_MOMENTUM, axis=1)
    full, energies, below = quality is Quality.FULL, [], 0.0
    for particles, q in (((8, 8), 0), ((8, 7), int(np.argmin(near))), ((7, 7), 0)):
        found = solve.momentum_energies(tj, particles, None if full else (q,))["momentum_energy"]
        energies.append(float(found[q] if full else found[0]))
        below = max(below, energies[-1] - float(np.nanmin(found)))
    rows = [Compared("4 x 4", holes, 16, e) for holes, e in enumerate(energies)]
    if full:
        state = solve.exact_diagonalisation(tj, (7, 7), momentum=0, all_correlations=False)
        pairs, largest = off_diagonal(state)
        rows[2] = replace(rows[2], exact_pairs=pairs, largest=largest, drude=twisted_drude(4, (7, 7)))
    return rows, energies[2] + energies[0] - 2 * energies[1], below if full else np.nan


def twisted_drude(side: int, particles: tuple[int, int], step: float = 0.02) -> float:
    """Return D = (1/L) d^2E/dA^2 (t) of zero momentum on side x side sites, from energies at A = 0, step and 2 step.

    E is even in A. As `solve.charge_stiffness`, from energies of one momentum alone, which take less memory.
    """

    def energy(a: float) -> float:
        cluster = model.square_cluster(side, side, 1.0, twist=(a * side, 0.0))
        tj = model.TJ(cluster, model.nearest_bonds(cluster, EXCHANGE))
        return float(solve.momentum_energies(tj, particles, (0,))["momentum_energy"][0])

    still, near, far = (energy(k * step) for k in (0, 1, 2))
    return (16 * (near - still) - (far - still)) / (6 * step**2 * side**2)
