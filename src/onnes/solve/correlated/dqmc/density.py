"""The chemical potential at which a model holds a given number of electrons, found among noisy densities.

Each round runs chains at one mu and gives the density n with its error and, from the fluctuations of the charge, its
slope kappa = dn/dmu = beta (<N^2> - <N>^2)/N_sites. A Newton step mu + (target - n)/kappa of every round estimates the
answer; the next round is run at their weighted mean, so that the gain falls as one over the rounds (H. Robbins,
S. Monro, Ann. Math. Stat. 22, 400 (1951), with the best gain known) and no sweep is lost.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from onnes.errors import InvalidInput, TooShort
from onnes.model.correlated.hubbard import Hubbard
from onnes.solve.correlated.dqmc.chain import Sampling
from onnes.solve.correlated.dqmc.monte_carlo import dqmc, time_slices
from onnes.units import K_B

CURVATURE = 0.2
"""Error of a Newton step by the curvature of n(mu), as a share of the step."""
SMALLEST_SLOPE = 0.3
"""Share of the median slope of all rounds below which one is taken for noise."""
LONGEST_STEP = 0.3
"""Electrons per site that one step may be meant to add."""


@dataclass(frozen=True, slots=True, eq=False)
class TunedPotential:
    """A chemical potential that was tuned to a density.

    ``value``, ``error``: mu and its standard error, meV. ``density_error``: standard error of the electrons per site at
    mu, error times slope. ``slope``: dn/dmu, 1/meV. ``potentials``, ``densities``, ``errors``: mu (meV), electrons per
    site and their standard errors of all rounds.
    """

    value: float
    error: float
    density_error: float
    slope: float
    potentials: np.ndarray
    densities: np.ndarray
    errors: np.ndarray


def chemical_potential_for(
    model: Hubbard,
    temperature: float,
    density: float,
    *,
    slices: int | None = None,
    step: float | None = None,
    sampling: Sampling | None = None,
    tolerance: float = 0.005,
    rounds: int = 20,
    chains: int = 1,
    seed: int = 0,
    executor: Any = None,
) -> TunedPotential:
    """Return the mu at which the cluster holds ``density`` electrons per site, by determinant Monte Carlo.

    Solves n(mu) = density with n(mu) known to a standard error only; ``model.chemical_potential`` is the first guess.
    A step of time has its own n(mu): use the one of the run that mu is for.

    Parameters
    ----------
    temperature : K. density : electrons (holes, where the model is of holes) per site, between 0 and 2.
    slices, step, sampling, chains, executor : of each round, as in `dqmc`.
    tolerance : standard error of the density at mu that ends the search. rounds : most of them.
    seed : each round draws from a stream of its own.

    Raises
    ------
    InvalidInput : a density outside 0 to 2, a tolerance that is not positive, fewer than two rounds.
    TooShort : a tolerance that is not met, a charge without fluctuations, a mean sign that is lost in its error.
    """
    if not 0 < density < 2:
        raise InvalidInput(f"{density} electrons per site", "give a number between 0 and 2")
    if not tolerance > 0 or rounds < 2:
        raise InvalidInput(
            f"a tolerance of {tolerance} in {rounds} rounds", "give a positive one, and two or more"
        )
    count = time_slices(model, temperature, slices, step)
    mu, seen = float(model.chemical_potential), np.zeros((0, 4))
    for stream in np.random.SeedSequence(seed).generate_state(rounds):
        state = dqmc(
            replace(model, chemical_potential=mu),
            temperature,
            slices=count,
            sampling=sampling,
            chains=chains,
            seed=int(stream),
            executor=executor,
        )
        n, error = float(state["electrons_per_site"]), float(state["electrons_per_site_error"])
        cells = len(model.cluster.translations)
        fluctuation = float(state["charge_structure_factor"][0]) * cells / model.cluster.sites
        seen = np.vstack([seen, [mu, n, error, fluctuation / (K_B * temperature)]])
        value, spread, slope = _combined(seen, density)
        if len(seen) > 1 and spread * slope <= tolerance:
            return TunedPotential(value, spread, spread * slope, slope, *seen[:, :3].T)
        mu = float(np.clip(value, mu - LONGEST_STEP / slope, mu + LONGEST_STEP / slope))
    raise TooShort(
        f"the density at mu = {value:.6g} meV is known to {spread * slope:.2g} after {rounds} rounds",
        f"measure longer in each round, or ask for a tolerance above {tolerance:g}",
    )


def _combined(seen: np.ndarray, density: float) -> tuple[float, float, float]:
    """Return mu, its standard error and dn/dmu there from rounds (mu, n, error of n, slope).

    The weight of a round falls with its statistical error and with the length of its step: far ones see a curved n(mu).
    """
    mu, n, error, slopes = seen.T
    positive = slopes[slopes > 0]
    if not len(positive):
        raise TooShort(
            f"a charge that fluctuates by {slopes[-1]:.2g}/meV, not more than zero",
            "measure longer in each round, or at a higher temperature",
        )
    usable = np.maximum(slopes, SMALLEST_SLOPE * np.median(positive))
    away = (density - n) / usable
    variance = np.maximum((error / usable) ** 2 + (CURVATURE * away) ** 2, 1e-24)
    weight = 1 / variance
    slope = float(weight @ usable / weight.sum())
    return float(weight @ (mu + away) / weight.sum()), float(weight.sum() ** -0.5), slope
