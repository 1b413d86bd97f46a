"""The best Gaussian: variational, exact for the oscillator, stationary."""

from math import inf

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput
from onnes.solve.phonons.scha import gaussian_free_energy
from onnes.units import K_B


@pytest.mark.parametrize("temperature", [0.0, 300.0])
def test_oscillator_is_exact(temperature: float) -> None:
    model = on.model.Proton(4000.0, 1e-6, 0.0)
    state = on.solve.scha(model, temperature)
    omega = model.energy_of(4000.0)
    free = omega / 2 + (
        K_B * temperature * np.log1p(-np.exp(-omega / (K_B * temperature))) if temperature else 0.0
    )
    # 3 g v/kappa is 1e-11
    assert float(state["bond_stiffness"]) == pytest.approx(4000.0, rel=1e-9)
    assert float(state["bond_free_energy"]) == pytest.approx(free, rel=1e-9)


@pytest.mark.parametrize("stiffness", [4000.0, 500.0, -1500.0])
@pytest.mark.parametrize("temperature", [0.0, 600.0])
def test_gibbs_bogoliubov_bound(stiffness: float, temperature: float) -> None:
    model = on.model.Proton(stiffness, 61500.0, 0.0)
    energies = on.solve.proton(model, temperature)["level_energy"]
    kt = K_B * temperature
    exact = energies[0] - (
        kt * np.log(np.sum(np.exp(-(energies - energies[0]) / kt))) if temperature else 0.0
    )
    gaussian = float(on.solve.scha(model, temperature)["bond_free_energy"])
    assert exact < gaussian
    # and it is the best Gaussian to a few per cent of the zero-point energy for a single well
    if stiffness > 0:
        assert gaussian - exact < 0.05 * exact


@pytest.mark.parametrize("stiffness, coupling", [(3000.0, 2000.0), (-500.0, 4000.0)])
@pytest.mark.parametrize("temperature", [0.0, 400.0])
def test_solution_is_stationary(stiffness: float, coupling: float, temperature: float) -> None:
    model = on.model.Proton(stiffness, 61500.0, coupling)
    state = on.solve.scha(model, temperature)
    centre, best = float(state["off_centring"]), float(state["bond_stiffness"])
    free = lambda m, k: gaussian_free_energy(model, m, k, temperature)  # noqa: E731
    dm, dk = 1e-4, 1e-3 * best
    slope_m = (free(centre + dm, best) - free(centre - dm, best)) / (2 * dm)
    slope_k = (free(centre, best + dk) - free(centre, best - dk)) / (2 * dk)
    # central differences of F of order 100 meV: third derivatives times step^2, 1e-5 of the forces that cancel
    assert abs(slope_m) < 1e-2
    assert abs(slope_k) * best < 1e-3
    assert state.report.checks[0].passed
    assert (centre > 0) == (coupling == 4000.0)


def test_gaussian_exaggerates_order_by_a_first_order_jump() -> None:
    """Just above its own instability the Gaussian still prefers to be off-centre; the levels do not."""
    g, j = 61500.0, 4914.0
    exact = on.solve.critical_stiffness(g, j, "H")
    stiffness = exact + 20.0
    assert float(on.solve.proton(on.model.Proton(stiffness, g, j))["off_centring"]) == 0.0
    unstable = on.solve.critical_stiffness(g, j, "H", method="gaussian")
    assert unstable < exact
    assert float(on.solve.scha(on.model.Proton(unstable - 200.0, g, j))["off_centring"]) > 0.05


def test_refusals() -> None:
    with pytest.raises(InvalidInput):
        on.solve.scha(on.model.Proton(1000.0, 1000.0, 0.0, inf))
    with pytest.raises(InvalidInput):
        on.solve.scha(on.model.Proton(1000.0, 1000.0, 0.0), -3.0)
