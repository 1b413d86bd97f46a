"""Superfluid density: Yosida, clean and dirty limits, strong coupling, errors."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import CannotProbe, InvalidInput
from onnes.model import MultibandGlue, MuStar, PhononGlue, einstein
from onnes.state import Outcome, Report, State
from onnes.units import K_B

GLUE = PhononGlue(einstein(20.0, 1.0), MuStar(0.1))


def constant_gap(gap, temperature, count=40_000):
    """A state with Z = 1 and one gap at every frequency: BCS."""
    omega = (2 * np.arange(count) + 1) * np.pi * K_B * temperature
    fields = {
        "temperature": np.array([temperature]),
        "matsubara": omega,
        "gap_matsubara": np.full((1, count), gap),
        "Z_matsubara": np.ones((1, count)),
        "Z_normal_matsubara": np.ones((1, count)),
    }
    return State(GLUE, "eliashberg", fields, Report(Outcome.CONVERGED))


@pytest.mark.parametrize("gap, temperature", [(1.0, 1.0), (1.0, 5.0), (0.3, 7.0)])
def test_clean_weak_coupling_is_yosida(gap, temperature):
    """1 - Y(T), Y = int dxi cosh^-2(E/2kT)/(4kT) over all xi: an independent integral on real energies."""
    kt = K_B * temperature
    xi = np.linspace(-60, 60, 400_001) * (kt + gap)
    energy = np.hypot(xi, gap)
    yosida = np.trapezoid(1 / np.cosh(np.minimum(energy / (2 * kt), 300)) ** 2, xi) / (4 * kt)
    state = constant_gap(gap, temperature)
    # Both are exact: the sum has its tail, the trapezoidal rule on an entire function converges exponentially.
    assert on.response.superfluid_density(state) == pytest.approx(1 - yosida, abs=1e-9)


def test_clean_gap_at_zero_temperature_is_full():
    # The sum over n is an integral up to exp(-Delta/kT) ~ 1e-17.
    assert on.response.superfluid_density(constant_gap(1.0, 0.3)) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("temperature", [0.5, 3.0, 9.0])
def test_dirty_limit(temperature):
    """hbar/tau >> Delta: (pi tau/hbar) Delta tanh(Delta/2kT)."""
    gap, rate = 1.0, 1e5
    expected = np.pi * gap / rate * np.tanh(gap / (2 * K_B * temperature))
    found = on.response.superfluid_density(constant_gap(gap, temperature), scattering=rate)
    # Corrections are Delta ln(rate/Delta)/rate ~ 1e-4.
    assert found == pytest.approx(expected, rel=3e-4)


def test_moderate_scattering_against_its_closed_form():
    """T = 0, Z = 1: (1/x) [pi/2 - arccos(x)/sqrt(1 - x^2)], x = hbar/(2 tau Delta) (Abrikosov, Gor'kov)."""
    x = 0.6
    expected = (np.pi / 2 - np.arccos(x) / np.sqrt(1 - x**2)) / x
    found = on.response.superfluid_density(constant_gap(1.0, 0.5), scattering=2 * x)
    assert found == pytest.approx(expected, rel=1e-8)


def test_strong_coupling_lowers_the_stiffness_by_the_mass():
    """Clean, T -> 0: near 1/(1 + lambda); at vanishing Delta/Omega it would be exactly that."""
    tc = on.solve.critical_temperature(GLUE)
    state = on.solve.eliashberg(GLUE, 0.1 * tc)
    # Z and Delta at frequencies ~ Delta differ from their static values by (Delta/Omega)^2 ln ~ 2 %.
    assert on.response.superfluid_density(state) == pytest.approx(1 / 2.0, rel=0.03)


def test_slope_at_tc():
    """Weak coupling, clean: lambda^-2 -> 2 (1 - t)/(1 + lambda), independent of the material otherwise."""
    glue = PhononGlue(einstein(20.0, 0.3), MuStar(0.0))
    tc = on.solve.critical_temperature(glue)
    found = on.response.superfluid_density(on.solve.eliashberg(glue, 0.99 * tc))
    # 1 - Y = 2 (1-t) - O((1-t)^2), 1 %; strong coupling (x = 0.01) about 1 %.
    assert found * 1.3 / (2 * 0.01) == pytest.approx(1.0, abs=0.03)


def test_two_bands_add_by_plasma_weight():
    nothing = einstein(20.0, 1e-12)
    glue = MultibandGlue(
        ((einstein(20.0, 1.0), nothing), (nothing, einstein(20.0, 0.9))), MuStar(0.1), (1.0, 1.0)
    )
    state = on.solve.eliashberg(glue, 5.0)
    first = on.response.superfluid_density(state, plasma_weights=(1, 0), scattering=(2.0, 3.0))
    second = on.response.superfluid_density(state, plasma_weights=(0, 1), scattering=(2.0, 3.0))
    both = on.response.superfluid_density(state, plasma_weights=(1, 3), scattering=(2.0, 3.0))
    assert both == pytest.approx((first + 3 * second) / 4, rel=1e-12)
    assert first == pytest.approx(
        on.response.superfluid_density(on.solve.eliashberg(GLUE, 5.0), scattering=2.0), rel=1e-6
    )


def test_bare_london_depth():
    """Free electrons at n = 1e29 m^-3: sqrt(m/(mu0 n e^2)) and c/omega_p are the same length."""
    from onnes.units import E_CHARGE, HBAR_SI, M_E, MU_0

    vacuum = 1 / (MU_0 * 2.99792458e8**2)
    plasma = HBAR_SI * np.sqrt(1e29 * E_CHARGE**2 / (vacuum * M_E)) / E_CHARGE * 1e3
    london = np.sqrt(M_E / (MU_0 * 1e29 * E_CHARGE**2)) * 1e9
    assert on.response.bare_london_depth(plasma) == pytest.approx(london, rel=1e-9)


def test_errors():
    state = constant_gap(1.0, 1.0, 10)
    with pytest.raises(InvalidInput, match="scattering"):
        on.response.superfluid_density(state, scattering=-1.0)
    with pytest.raises(InvalidInput, match="scattering"):
        on.response.superfluid_density(state, scattering=(1.0, 2.0))
    with pytest.raises(InvalidInput, match="plasma_weights"):
        on.response.superfluid_density(state, plasma_weights=(1.0, 2.0))
    with pytest.raises(InvalidInput, match="plasma energy"):
        on.response.bare_london_depth(0.0)
    bare = State(GLUE, "bcs", {"temperature": np.array([1.0])}, Report(Outcome.CONVERGED))
    with pytest.raises(CannotProbe, match="matsubara"):
        on.response.superfluid_density(bare)
    dos = on.model.DensityOfStates([-100.0, 5.0, 100.0], [1.0, 2.0, 1.0])
    varying = State(PhononGlue(GLUE.spectrum, GLUE.mu_star, dos), "eliashberg", state.fields, state.report)
    with pytest.raises(CannotProbe, match="constant density of states"):
        on.response.superfluid_density(varying)
