"""Projected d waves by variational Monte Carlo: energies, pair correlations, and the Gutzwiller factors.

Clusters of L x L sites, electrons antiperiodic along x in the Hamiltonian and in the trial state, so that no node of
the gap is an allowed wavevector. Energies in units of t, J = 0.4 t.
"""

from dataclasses import dataclass

import numpy as np

from onnes import model, solve
from onnes.model.correlated.gutzwiller import ProjectedBCS
from onnes.model.correlated.hubbard import TJ
from onnes.state import State
from onnes.study.case import Quality

EXCHANGE = 0.4
METAL = 0.01
"""Gap (t) far below the spacing of levels: it only tells which of them are filled."""
SIDE = (True, False)
"""Axes along which electrons change sign."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Side of the clusters, holes, optimisation steps and sweeps, measured sweeps of each of two chains."""

    side: int
    holes: tuple[int, ...]
    steps: int
    sweeps: int
    measured: int


QUICK = Effort(8, (0, 4, 8, 12, 16, 20, 24), 32, 100, 2000)
FULL = Effort(10, (0, 2, 4, 6, 8, 12, 16, 20, 24, 30, 36, 42), 120, 400, 20000)


def effort_of(quality: Quality) -> Effort:
    """Return what this quality affords."""
    return QUICK if quality is Quality.QUICK else FULL


@dataclass(frozen=True, slots=True)
class Doped:
    """One doping: the optimised d wave, the same without projection, a metal, worst slope over what is allowed.

    The metal is projected as the d wave, with a gap too small to pair: what a finite cluster shows without order.
    """

    holes: int
    projected: State
    bare: State
    metal: State
    gap_error: float
    slope: float

    @property
    def sites(self) -> int:
        return self.projected.model.hamiltonian.cluster.sites

    @property
    def doping(self) -> float:
        return self.holes / self.sites

    @property
    def gap(self) -> float:
        return self.projected.model.trial.parameters["d_wave"]

    def far(self) -> tuple[float, float]:
        """Return (value, error) of the pair correlation of the d wave at the largest distances."""
        return farthest(self.projected)

    def exchange_ratio(self) -> tuple[float, float]:
        """Return (value, error) of <S.S> on a bond with projection over that without."""
        return ratio(self.projected, self.bare, "bond_spin_correlation")

    def hopping_ratio(self) -> tuple[float, float]:
        """Return (value, error) of the kinetic energy with projection over that without."""
        return ratio(self.projected, self.bare, "kinetic_energy")

    def weight(self) -> tuple[float, float]:
        """Return (value, error) of the diamagnetic weight of a site, mean of both axes: the most that D can be."""
        values, errors = self.projected["diamagnetic_energy"], self.projected["diamagnetic_energy_error"]
        return 2 * float(values.mean()), 2 * float(errors.mean())


def farthest(state: State) -> tuple[float, float]:
    """Return (value, error) of the pair correlation, mean over the farthest pairs of bonds.

    Classes of one configuration are correlated, so that their mean is given the mean of their errors.
    """
    distance = np.linalg.norm(state["pair_displacement"], axis=1)
    kept = distance > 0.85 * distance.max()
    values, errors = state["bond_singlet_by_class"][kept], state["bond_singlet_by_class_error"][kept]
    return float(values.mean()), float(errors.mean())


def ratio(one: State, other: State, name: str) -> tuple[float, float]:
    """Return (value, error) of a field of one state over that of another."""
    a, b = float(one[name]), float(other[name])
    da, db = float(one[f"{name}_error"]), float(other[f"{name}_error"])
    return a / b, abs(a / b) * float(np.hypot(da / a if a else 0.0, db / b))


def optimised(tj: TJ, trial: ProjectedBCS, particles: tuple[int, int], effort: Effort) -> State:
    """Return the optimised trial state, at half filling with the chemical potential held where it is."""
    return solve.optimise_variational(
        tj,
        trial,
        particles,
        parameters=optimised_names(trial, sum(particles) == tj.cluster.sites),
        steps=effort.steps,
        average=effort.steps // 16 * 8,
        sweeps=effort.sweeps,
        final_sweeps=max(10 * effort.sweeps, 1000),
        throw=False,
    )


def optimised_names(trial: ProjectedBCS, half: bool) -> list[str]:
    """Return the parameters to optimise: all but the scale, and at half filling but the chemical potential."""
    return [n for n in trial.parameters if n != "hopping" and not (half and n == "chemical_potential")]


def doped(effort: Effort) -> list[Doped]:
    """Return the projected d wave at each number of holes; the optimum of one starts the next."""
    periodic = model.square_cluster(effort.side, effort.side, 1.0)
    cluster = model.antiperiodic_cluster(periodic, SIDE)
    bonds = model.nearest_bonds(cluster, EXCHANGE)
    tj, free = model.TJ(cluster, bonds), model.Hubbard(cluster, 0.0, J=bonds)
    found, gap, level = [], 0.4, -0.5
    for holes in effort.holes:
        pair = ((periodic.sites - holes) // 2,) * 2
        start = wave(periodic, gap, level if holes else 0.0)
        best = optimised(tj, start, pair, effort)
        trial = best.model.trial
        gap, level = trial.parameters["d_wave"], trial.parameters["chemical_potential"] if holes else level
        projected = solve.variational(tj, trial, pair, sweeps=effort.measured, chains=2)
        loose = wave(periodic, gap, level if holes else 0.0, log_gutzwiller=0.0)
        bare = solve.variational(free, loose, pair, sweeps=effort.measured // 2, chains=2, seed=1)
        open_shell = wave(periodic, METAL, level if holes else 0.0)
        metal = solve.variational(tj, open_shell, pair, sweeps=effort.measured // 2, chains=2, seed=2)
        spread = float(best["trial_values_error"][optimised_names(start, holes == 0).index("d_wave")])
        found.append(Doped(holes, projected, bare, metal, spread, best.report.residuals[-1]))
    return found


def wave(cluster: model.Cluster, gap: float, level: float, **options: float) -> ProjectedBCS:
    """Return a projected d wave with these parameters."""
    return model.projected_bcs(cluster, d_wave=gap, chemical_potential=level, antiperiodic=SIDE, **options)


def ordered(effort: Effort) -> tuple[State, float]:
    """Return the d wave with a staggered field at half filling, and its worst slope: the rival antiferromagnet."""
    periodic = model.square_cluster(effort.side, effort.side, 1.0)
    tj = model.TJ(periodic, model.nearest_bonds(periodic, EXCHANGE))
    pair = (periodic.sites // 2,) * 2
    start = model.projected_bcs(periodic, d_wave=0.5, staggered_field=0.1, antiperiodic=SIDE)
    best = optimised(tj, start, pair, effort)
    state = solve.variational(tj, best.model.trial, pair, sweeps=effort.measured, chains=2)
    return state, best.report.residuals[-1]


def moment(state: State) -> float:
    """Return the staggered <S^z> of a state."""
    signs = np.cos(np.pi * state.model.trial.cluster.positions.sum(axis=1))
    return float(abs(np.mean(signs * state["site_moment"])) / 2)
