"""Scales of a Ginzburg-Landau material hang together in SI units."""

from math import pi, sqrt

import numpy as np
import pytest

import onnes as on
from onnes.errors import InvalidInput, InvalidModel
from onnes.units import MU_0, PHI_0

NB = on.model.GinzburgLandau(coherence_length=20.0, penetration_depth=60.0, resistivity=2.0)


def test_fields() -> None:
    assert NB.upper_critical_field == pytest.approx(PHI_0 / (2 * pi * 4e-16), rel=1e-12)
    # Hc2 = sqrt2 kappa Hc (row 2), exact
    assert NB.upper_critical_field == pytest.approx(sqrt(2) * NB.kappa * NB.thermodynamic_field, rel=1e-14)
    # two condensation energies are B_c^2/mu0
    assert NB.condensation_density == pytest.approx(NB.thermodynamic_field**2 / MU_0)


def test_current_unit_is_the_derivative_of_the_energy() -> None:
    """J = -df/dA of f = (B_c^2/mu0) (xi grad theta - 2 pi xi A/Phi_0)^2 at grad theta = 1/xi, A = 0."""
    step = 1e-6
    phase_per_A = 2 * pi * NB.coherence_length * 1e-9 / PHI_0
    energy = [
        NB.condensation_density * (1 - phase_per_A * a) ** 2
        for a in (-step / phase_per_A, step / phase_per_A)
    ]
    slope = -(energy[1] - energy[0]) / (2 * step / phase_per_A)
    assert slope == pytest.approx(NB.current_density * 1.0, rel=1e-6)
    assert NB.depairing_current_density / NB.current_density == pytest.approx(0.3849, abs=1e-4)


def test_ohm_in_reduced_units() -> None:
    """V_0 = J_0 xi/sigma, and V_0 tau_0 is a flux quantum over 2 pi."""
    volts = NB.current_density * NB.coherence_length * 1e-9 / NB.conductivity
    assert NB.voltage == pytest.approx(volts * 1e3, rel=1e-12)
    assert NB.voltage * 1e-3 * NB.time * 1e-12 == pytest.approx(PHI_0 / (2 * pi), rel=1e-12)


def test_pearl() -> None:
    assert NB.pearl_length(6.0) == pytest.approx(2 * 60.0**2 / 6.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"coherence_length": 0.0},
        {"penetration_depth": -1.0},
        {"resistivity": np.inf},
        {"inelastic": -1.0},
        {"critical_temperature": 9.0, "temperature": 9.5},
    ],
)
def test_refusals(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidModel):
        on.model.GinzburgLandau(**{"coherence_length": 10.0, "penetration_depth": 100.0, **wrong})


def test_dynamics_needs_a_resistivity() -> None:
    with pytest.raises(InvalidInput, match="resistivity"):
        _ = on.model.GinzburgLandau(10.0, 100.0).time
