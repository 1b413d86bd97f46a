"""The chemical potential found for a density: against diagonalisation, by symmetry, and refusals."""

import numpy as np
import pytest
from scipy.optimize import brentq

import onnes as on
from onnes.errors import InvalidInput, TooShort
from onnes.units import K_B

KELVIN = 1 / (2 * K_B)
"""beta = 2/t for t = 1 meV."""
ROUND = on.solve.Sampling(warm=30, blocks=20, sweeps=60)


def exact_density(mu: float) -> float:
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0, chemical_potential=mu)
    return float(on.solve.exact_thermodynamics(model, [KELVIN])["cluster_electrons"][0]) / 4


@pytest.mark.parametrize("density", [0.8, 1.3])
def test_the_root_is_that_of_diagonalisation(density: float) -> None:
    """Four standard errors, and 0.01 meV for the step: n(mu) moves by less than 0.003 between dt = 0.1 and 0."""
    target = brentq(lambda mu: exact_density(mu) - density, -6.0, 6.0)
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 4.0)
    found = on.solve.chemical_potential_for(
        model, KELVIN, density, slices=20, sampling=ROUND, tolerance=0.004, seed=1
    )
    assert found.density_error <= 0.004
    assert abs(found.value - target) < 4 * found.error + 0.01
    slope = (exact_density(target + 0.05) - exact_density(target - 0.05)) / 0.1
    assert found.slope == pytest.approx(slope, rel=0.25)  # fluctuations of 1200 sweeps each round


def test_half_filling_is_at_zero_from_far_away() -> None:
    """Particle-hole symmetry of a bipartite ring puts n = 1 at mu = 0 whatever the step of time."""
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 2.0, chemical_potential=-3.0)
    found = on.solve.chemical_potential_for(
        model, KELVIN, 1.0, slices=14, sampling=ROUND, tolerance=0.005, seed=2
    )
    assert abs(found.value) < 4 * found.error
    assert found.densities[0] < 0.4 and len(found.potentials) > 2


def test_errors_cover_the_truth() -> None:
    """Ten searches: their pulls have a mean square near one; above 2.5 with chance 0.6 % for ten normal numbers."""
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 2.0, chemical_potential=0.3)
    short = on.solve.Sampling(warm=20, blocks=20, sweeps=40)
    pulls = []
    for seed in range(10):
        found = on.solve.chemical_potential_for(
            model, KELVIN, 1.0, slices=14, sampling=short, tolerance=0.02, seed=seed
        )
        pulls.append(found.value / found.error)
    assert np.mean(np.square(pulls)) < 2.5


def test_refusals() -> None:
    model = on.model.Hubbard(on.model.ring_cluster(4, 1.0), 2.0)
    with pytest.raises(InvalidInput, match="between 0 and 2"):
        on.solve.chemical_potential_for(model, KELVIN, 2.5, slices=14)
    with pytest.raises(InvalidInput, match="tolerance"):
        on.solve.chemical_potential_for(model, KELVIN, 1.0, slices=14, tolerance=0.0)
    with pytest.raises(TooShort, match="after 2 rounds"):
        on.solve.chemical_potential_for(
            model, KELVIN, 1.1, slices=14, sampling=ROUND, tolerance=1e-5, rounds=2
        )
