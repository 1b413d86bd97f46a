"""Vortex lines, walls and surfaces: one-dimensional Ginzburg-Landau problems against exact results."""

from itertools import pairwise
from math import pi, sqrt

import numpy as np
import pytest
from scipy.integrate import quad

import onnes as on
from onnes.errors import InvalidInput, NotConverged
from onnes.solve.condensate.profiles.boundary_value import collocate, integral
from onnes.solve.condensate.profiles.superheating import meissner_state, soft_wavenumber
from onnes.solve.condensate.profiles.surface_sheath import lowest_level

EQUAL_MASSES = 1 / sqrt(2)


def material(kappa: float) -> on.model.GinzburgLandau:
    return on.model.GinzburgLandau(10.0, 10.0 * kappa)


def reduced_energy(state: on.state.State) -> float:
    m = state.model
    return float(state["line_energy"]) / (m.condensation_density * (m.coherence_length * 1e-9) ** 2)


@pytest.mark.parametrize("winding", [1, 2, 3])
def test_equal_masses_give_an_energy_proportional_to_the_flux(winding: int) -> None:
    """Row 7: at kappa = 1/sqrt 2 the energy is 2 pi n exactly (Bogomolny's bound): vortices do not interact.

    Collocation at 1e-8 in the residual: the energy is second order in it, quadrature 1e-9.
    """
    state = on.solve.vortex_line(material(EQUAL_MASSES), winding)
    assert reduced_energy(state) == pytest.approx(2 * pi * winding, rel=1e-8)
    # the field is that of a self-dual vortex: kappa b = (1 - f^2)/sqrt 2 in these units, at every radius
    b = state["vortex_field"] / state.model.upper_critical_field
    assert np.allclose(b, 1 - state["pair_amplitude"] ** 2, atol=1e-6)


def test_lower_critical_field() -> None:
    """Hc1 = Hc where the masses are equal; Phi_0 Hc1 is the line energy."""
    state = on.solve.vortex_line(material(EQUAL_MASSES))
    assert on.response.lower_critical_field(state) == pytest.approx(state.model.thermodynamic_field, rel=1e-8)


@pytest.mark.parametrize("kappa", [0.4, 1.0, 5.0, 80.0])
def test_derivative_by_kappa(kappa: float) -> None:
    """dE/d(kappa^2) = int b^2 (Hellmann-Feynman): two solutions against the field of a third."""
    step = 1e-3
    up, down = (reduced_energy(on.solve.vortex_line(material(kappa * (1 + s)))) for s in (step, -step))
    state = on.solve.vortex_line(material(kappa))
    r, b = state["radius"] / 10.0, state["vortex_field"] / state.model.upper_critical_field
    field = integral(2 * pi * r * b**2, r) + pi * r[0] ** 2 * b[0] ** 2
    slope = (up - down) / (kappa**2 * ((1 + step) ** 2 - (1 - step) ** 2))
    # third derivatives: step^2 relative, a few of them
    assert slope == pytest.approx(field, rel=1e-5)
    assert state.report.checks[0].passed


def test_vortex_in_the_london_limit() -> None:
    """Far from the core the field is Phi_0/(2 pi lambda^2) K0(r/lambda), up to terms of order 1/kappa^2 ln kappa."""
    from scipy.special import k0

    state = on.solve.vortex_line(material(100.0))
    r, field = state["radius"] / 1000.0, state["vortex_field"]
    expected = on.units.PHI_0 / (2 * pi * 1e-12) * k0(r)
    middle = (r > 0.3) & (r < 4)
    assert np.allclose(field[middle], expected[middle], rtol=2e-3)


def test_core_of_a_neutral_vortex() -> None:
    """Row 9: as kappa grows the slope at the axis becomes that of f'' + f'/r - f/r^2 + f - f^3 = 0, by shooting.

    At kappa = 1000 the field in the core, of order ln kappa/kappa^2, changes it in the fifth digit.
    """
    from scipy.integrate import solve_ivp
    from scipy.optimize import brentq

    def overshoot(slope: float) -> float:
        def rhs(r: float, y: np.ndarray) -> list[float]:
            return [y[1], -y[1] / r + y[0] / r**2 - y[0] + y[0] ** 3]

        r0 = 1e-3
        out = solve_ivp(
            rhs,
            (r0, 12.0),
            [slope * r0 * (1 - r0**2 / 8), slope * (1 - 3 * r0**2 / 8)],
            rtol=1e-10,
            atol=1e-12,
            events=[_leaves(1.05), _leaves(0.0, -1)],
        )
        return out.y[0, -1] - (1 - 1 / (2 * 12.0**2))

    slope = brentq(overshoot, 0.55, 0.62, xtol=1e-9)
    assert slope == pytest.approx(0.5832, abs=5e-5)
    state = on.solve.vortex_line(material(1000.0))
    assert float(state["core_slope"]) == pytest.approx(slope, rel=2e-5)
    # beyond the core and within lambda, 1 - f^2 = 1/r^2 + O(r^-4)
    r, f = state["radius"] / 10.0, state["pair_amplitude"]
    middle = (r > 8) & (r < 30)
    assert np.allclose((1 - f[middle] ** 2) * r[middle] ** 2, 1.0, atol=0.04)


def _leaves(height: float, sign: int = 1):
    def event(r: float, y: np.ndarray) -> float:
        return sign * (height - y[0])

    event.terminal = True
    event.direction = -1
    return event


def test_wall() -> None:
    """Row 8: zero at equal masses, and both limits by quadrature."""
    assert _wall(EQUAL_MASSES) == pytest.approx(0.0, abs=1e-9)
    # kappa -> 0: f = tanh(x/sqrt 2) stops at a sharp edge; corrections go as sqrt(kappa), removed by two of them
    coarse, fine = _wall(0.004), _wall(0.001)
    bare, _ = quad(lambda f: 4 * (1 - f**2) / sqrt(2), 0, 1)
    assert 2 * fine - coarse == pytest.approx(bare, rel=5e-4)
    assert bare == pytest.approx(4 * sqrt(2) / 3)

    # kappa -> infinity: f^2 = 1 - a^2 and lambda a' = sqrt(a^2 - a^4/2)
    def density(a: float) -> float:
        slope = sqrt(a**2 - a**4 / 2)
        return 2 * (-((1 - a**2) ** 2) / 2 + (slope - sqrt(0.5)) ** 2) / slope

    local, _ = quad(density, 0, 1)
    assert local == pytest.approx(-8 / 3 * (sqrt(2) - 1))
    assert _wall(50.0) / 50.0 == pytest.approx(local, rel=2e-3)


def _wall(kappa: float) -> float:
    """Return the wall energy over xi Bc^2/2mu0."""
    state = on.solve.domain_wall(material(kappa))
    assert state.report.checks[0].passed
    return 2 * float(state["wall_energy"]) / (state.model.condensation_density * 1e-8)


def test_surface_nucleation() -> None:
    """Row 3: Hc3 = 1.6946 Hc2; less the more pairs the surface breaks, down to Hc2."""
    level = lowest_level()
    # at the optimum the least eigenvalue equals x0^2 (virial theorem of Saint-James and de Gennes)
    from scipy.optimize import minimize_scalar

    from onnes.solve.condensate.profiles.surface_sheath import _level

    best = minimize_scalar(
        lambda x: _level(x, 0.0), bounds=(0.3, 1.5), method="bounded", options={"xatol": 1e-8}
    )
    assert best.x**2 == pytest.approx(level, abs=1e-6)
    m = material(10.0)
    fields = [
        on.solve.surface_field(m, b) / m.upper_critical_field for b in (np.inf, 1000.0, 100.0, 10.0, 0.0)
    ]
    assert fields[0] == pytest.approx(1 / 0.590106, rel=1e-6)
    assert all(a > b for a, b in pairwise(fields)) and fields[-1] == 1.0
    with pytest.raises(InvalidInput, match="extrapolation"):
        on.solve.surface_field(m, -1.0)


def test_sheath_is_a_parabolic_cylinder() -> None:
    """An independent solution: finite differences on a fine mesh, extrapolated in the step."""
    from scipy.linalg import eigh_tridiagonal

    def coarse(step: float) -> float:
        x = step * (np.arange(int(10 / step)) + 0.5)
        diagonal = 2 / step**2 + (x - sqrt(0.590106)) ** 2
        diagonal[0] -= 1 / step**2
        off = -np.ones(len(x) - 1) / step**2
        return eigh_tridiagonal(diagonal, off, select="i", select_range=(0, 0))[0][0]

    # error of order step^2: the next order is 1e-8
    assert (4 * coarse(0.01) - coarse(0.02)) / 3 == pytest.approx(lowest_level(), abs=1e-6)


def test_superheating() -> None:
    """Row 17, both ends: the series in kappa, and sqrt5/3 as kappa grows, approached as 1/sqrt(kappa)."""
    small = _superheating(0.02)
    # Dolgert, Di Bartolo, Dorsey (1996): 2^(-1/4) kappa^(-1/2) (1 + 15 sqrt2 kappa/32 + ...); next order kappa^2
    assert small == pytest.approx(2**-0.25 * 0.02**-0.5 * (1 + 15 * sqrt(2) / 32 * 0.02), rel=2e-3)
    large, larger = _superheating(40.0), _superheating(160.0)
    # the 1/sqrt(kappa) term drops out of 2 H(4 kappa) - H(kappa)
    assert 2 * larger - large == pytest.approx(sqrt(5) / 3, rel=3e-3)


def _superheating(kappa: float) -> float:
    state = on.solve.superheating(material(kappa))
    return float(state["superheating_field"]) / state.model.thermodynamic_field


def test_who_gives_way_first() -> None:
    """Below kappa about 1.15 the surface gives way everywhere at once, above with a wavelength."""
    assert float(on.solve.superheating(material(0.9))["critical_wavenumber"]) == 0
    assert float(on.solve.superheating(material(1.5))["critical_wavenumber"]) > 0


def test_local_stability_limit() -> None:
    """kappa -> infinity: a uniform current is stable until a^2 = 1/3, whatever the wavenumber."""
    assert soft_wavenumber(meissner_state(material(300.0), 0.87)) is None  # a^2 = 0.24
    assert soft_wavenumber(meissner_state(material(300.0), 0.75)) is not None  # a^2 = 0.44
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        meissner_state(material(1.0), 1.2)


def test_refusals() -> None:
    with pytest.raises(InvalidInput, match="whole number"):
        on.solve.vortex_line(material(1.0), 0)
    with pytest.raises(InvalidInput, match="tolerance"):
        on.solve.vortex_line(material(1.0), tolerance=1.0)
    with pytest.raises(NotConverged):
        # y' = 1 cannot begin and end at zero
        collocate(
            lambda x, y: 0 * y + 1,
            lambda a, b: a - a + b**2 + 1,
            np.linspace(0, 2, 5),
            np.ones((1, 5)),
            "nothing",
        )
