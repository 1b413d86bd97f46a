"""Fluxoid states, their stability, barriers between them, and transition temperatures of rings."""

from math import pi, sqrt

import numpy as np
import pytest
from scipy.integrate import quad

import onnes as on
from onnes.errors import InvalidInput, NoSuperconductivity, NotConverged
from onnes.response.condensate.rings import MEV, wavenumber_of
from onnes.solve.condensate.wires.ring_energy import RingSites
from onnes.solve.condensate.wires.ring_states import least_curvature, winding_of
from onnes.solve.condensate.wires.ring_transition import radial_level

METAL = on.model.GinzburgLandau(10.0, 100.0, resistivity=10.0, inelastic=0.0)


def ring(radius: float = 50.0, inductance: float | None = None, **other) -> on.model.ThinRing:
    return on.model.ThinRing(radius, 100.0, METAL, inductance=inductance, **other)


@pytest.mark.parametrize("inductance", [None, 80.0])
def test_current_is_the_slope_of_the_energy(inductance: float | None) -> None:
    """I = -dF/d(Phi_a) at fixed winding, the flux of the current being free."""
    r = ring(inductance=inductance)
    flux = np.linspace(-0.6, 0.6, 241)
    state = on.solve.fluxoid_states(r, flux, (0, 1))
    slope = -np.gradient(state["fluxoid_energy"][0], flux) / MEV / on.units.PHI_0 * 1e6
    # central differences at 0.005 quanta: third derivatives of the energy of order one, 1e-5 relative
    assert np.allclose(slope[1:-1], state["fluxoid_current"][0, 1:-1], atol=1e-4 * r.thread.current)
    # fluxoid quantisation: n Phi_0 = Phi_a + L I + kinetic part, to rounding
    k = wavenumber_of_all(state["fluxoid_current"] / r.thread.current)
    own = 0.0 if inductance is None else r.screening * state["fluxoid_current"] / r.thread.current / (2 * pi)
    total = flux + own + k * r.radius / 10.0
    assert np.allclose(total, np.array([[0.0], [1.0]]), atol=1e-10)
    assert state.report.checks[0].passed


def wavenumber_of_all(current: np.ndarray) -> np.ndarray:
    return np.vectorize(wavenumber_of)(current)


def test_states_end_where_the_curvature_does() -> None:
    """Row of the stability limit: k_c^2 = (1 + xi^2/2R^2)/3, by the eigenvalues of the energy on sites.

    On sites k and q enter as sines: relative errors of k^2 h^2/6, 3e-3 at h = 0.2 with k of 0.6.
    """
    for radius in (20.0, 50.0):
        r = ring(radius)
        critical = on.response.critical_flux(r)
        assert critical == pytest.approx(radius / 10 * sqrt((1 + 50 / radius**2) / 3), rel=1e-12)
        softest = []
        for share in (0.99, 1.01):
            sites = RingSites.of(r, share * critical, 2.0)
            step = sites.applied / sites.count
            density = 1 - (2 * np.sin(step / 2) / sites.h) ** 2
            psi = np.full(sites.count, sqrt(density), complex)
            assert np.abs(sites.gradient(psi, sites.applied)).max() < 1e-12
            softest.append(least_curvature(sites, psi, sites.applied, 1))
        assert softest[0] > 0 > softest[1]
    # a large inductance: the flux itself gives way, at k^2 = (1 + C/screening)/3
    coil = ring(20.0, inductance=50000.0)
    assert on.response.largest_wavenumber(coil) == pytest.approx(sqrt((1 + 4 * pi / coil.screening) / 3))
    assert np.isnan(on.solve.fluxoid_states(r, [1.01 * critical], (0,))["fluxoid_energy"]).all()


@pytest.mark.parametrize("inductance", [None, 60.0])
def test_sites_give_the_closed_form(inductance: float | None) -> None:
    """Second order in the distance of the sites, and the fluxoid is a whole number on any of them."""
    r = ring(50.0, inductance)
    exact = float(on.solve.fluxoid_states(r, [0.3], (2,))["fluxoid_energy"][0, 0])
    wrong = []
    for spacing in (4.0, 2.0):
        state = on.solve.ring_state(r, 0.3, 2, spacing=spacing)
        assert on.probe.fluxoid(state) == pytest.approx(2.0, abs=1e-12)
        assert float(state["softest_mode"]) > 0
        wrong.append(abs(float(state["stationary_energy"]) - exact))
    assert 3.5 < wrong[0] / wrong[1] < 4.6


def test_derivatives_of_the_energy() -> None:
    """Gradient and second derivatives against central differences: 1e-8 of the step 1e-5."""
    sites = RingSites.of(ring(30.0, 40.0), 0.3, 5.0)
    rng = np.random.default_rng(2)
    n = sites.count
    q, d = rng.normal(size=2 * n + 1), rng.normal(size=2 * n + 1)

    def energy(q: np.ndarray) -> float:
        return sites.energy(q[:n] + 1j * q[n : 2 * n], q[-1])

    def gradient(q: np.ndarray) -> np.ndarray:
        return sites.gradient(q[:n] + 1j * q[n : 2 * n], q[-1])

    e = 1e-5
    assert (energy(q + e * d) - energy(q - e * d)) / (2 * e) == pytest.approx(gradient(q) @ d, rel=1e-7)
    second = sites.curvature(q[:n] + 1j * q[n : 2 * n], q[-1])
    assert np.allclose((gradient(q + e * d) - gradient(q - e * d)) / (2 * e), second @ d, atol=1e-6)


def test_a_weak_spot_carries_less() -> None:
    spot = on.model.Spots(((60.0, 0.0),), 8.0, 0.2)
    weak = on.solve.ring_state(ring(50.0, strength=spot), 0.4, 0, spacing=2.5)
    strong = on.solve.ring_state(ring(50.0), 0.4, 0, spacing=2.5)
    flow = [_current(s) for s in (weak, strong)]
    assert np.ptp(flow[0]) < 1e-9 and np.ptp(flow[1]) < 1e-9  # the same in every link: charge is kept
    assert flow[1].mean() < flow[0].mean() < 0
    assert on.probe.fluxoid(weak) == pytest.approx(0.0, abs=1e-12)


def _current(state: on.state.State) -> np.ndarray:
    psi, link = state["thread_order_parameter"], state["thread_link"]
    h = (state["thread_x"][1] - state["thread_x"][0]) / 10.0
    return np.imag(np.conj(psi) * np.exp(-1j * link) * np.roll(psi, -1)) / h


def test_barrier_of_a_long_wire() -> None:
    """The saddle without a current is tanh: integral of (1 - f^2)^2, 4 sqrt2/3 E_0 = (8 sqrt2/3) (Bc^2/2mu0) S xi."""
    thread = ring().thread
    bare, _ = quad(lambda s: np.cosh(s / sqrt(2)) ** -4, -30, 30)
    assert on.response.slip_barrier_energy(thread, 0.0) == pytest.approx(bare * thread.energy * MEV, rel=1e-9)
    field = METAL.thermodynamic_field**2 / (2 * on.units.MU_0) * 100e-18 * 10e-9
    assert bare * thread.energy == pytest.approx(8 * sqrt(2) / 3 * field, rel=1e-9)
    current = 0.2 * thread.current
    up, down = (on.response.slip_barrier_energy(thread, s * current) for s in (-1, 1))
    assert (up - down) / MEV == pytest.approx(current * 1e-6 * on.units.PHI_0, rel=1e-12)
    # gone at depairing, as (1 - I/I_c)^(5/4)
    depairing = 2 / (3 * sqrt(3)) * thread.current
    near = [on.response.slip_barrier_energy(thread, depairing * (1 - x)) for x in (1e-4, 2e-4)]
    assert np.log2(near[1] / near[0]) == pytest.approx(1.25, abs=0.01)
    with pytest.raises(InvalidInput, match="depairing"):
        on.response.slip_barrier_energy(thread, 1.01 * depairing)


def test_ring_barrier_nears_that_of_a_long_wire() -> None:
    """At the same current the ring's barrier exceeds the wire's by a back-reaction that falls as 1/R."""
    excess = []
    for radius in (80.0, 160.0):
        r, flux = ring(radius), -0.02 * radius
        current = float(on.solve.fluxoid_states(r, [flux], (0,))["fluxoid_current"][0, 0])
        state = on.solve.slip_barrier(r, flux, 0, spacing=4.0)
        wire = on.response.slip_barrier_energy(r.thread, current)
        excess.append(float(state["barrier_energy"]) / wire - 1)
    # sites 0.4 xi apart lower the saddle by h^2/12 of its curvature energy: 1 per cent
    assert 0 < excess[1] < excess[0] < 0.2 and excess[0] / excess[1] == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize("inductance", [None, 60.0])
def test_the_saddle_leads_to_both_sides(inductance: float | None) -> None:
    """Steepest descent from either side of the saddle ends in the states before and after the slip."""
    r = ring(30.0, inductance)
    state = on.solve.slip_barrier(r, 0.3, 1, spacing=3.0)
    sites = RingSites.of(r, 0.3, 3.0)
    psi, total = np.array(state["thread_order_parameter"]), float(state["thread_link"].sum())
    values, vectors = np.linalg.eigh(sites.curvature(psi, total))
    n, ends = sites.count, set()
    assert values[0] < -1e-3 and values[1] > -1e-6
    for sign in (-0.05, 0.05):
        q = np.concatenate([psi.real, psi.imag, [total] * bool(sites.screening)]) + sign * vectors[:, 0]
        for _ in range(2500):
            wave, flux = q[:n] + 1j * q[n : 2 * n], q[-1] if sites.screening else total
            q = q - 0.04 * sites.gradient(wave, flux)
        ends.add(winding_of(sites, wave, flux))
    assert ends == {0, 1}
    # there and back: detailed balance of the barriers
    back = on.solve.slip_barrier(r, 0.3, 0, gains=1, spacing=3.0)
    states = [float(on.solve.ring_state(r, 0.3, k, spacing=3.0)["stationary_energy"]) for k in (0, 1)]
    difference = float(back["barrier_energy"] - state["barrier_energy"])
    assert difference == pytest.approx(states[1] - states[0], abs=1e-8 * r.thread.energy * MEV + 1e-6)
    assert float(back["saddle_rate"]) == pytest.approx(float(state["saddle_rate"]), rel=1e-6)


def test_thin_wall_transition() -> None:
    """Row 16: 1 - Tc/Tc0 = (xi_0/R)^2 (n - Phi/Phi_0)^2, the limit of a thin wall, with (d/R)^2 to spare."""
    m = on.model.GinzburgLandau(50.0, 100.0, critical_temperature=1.2, temperature=1.1)
    r = on.model.ThinRing(300.0, 100.0, m)
    flux = np.array([0.0, 0.25, 0.5, 1.25, 2.0])
    thin, narrow = (on.solve.little_parks(r, flux, width=w) for w in (0.0, 1.0))
    amplitude = 50.0**2 * (0.1 / 1.2) / 300.0**2
    expected = 1.2 * (1 - amplitude * np.array([0, 1 / 16, 1 / 4, 1 / 16, 0]))
    assert np.allclose(thin["ring_transition"], expected, rtol=1e-12)
    assert np.allclose(narrow["ring_transition"], expected, atol=1e-3 * 1.2 * amplitude / 4)
    assert list(thin["nucleated_winding"]) == [0, 0, 0, 1, 2]
    # the field inside a wall adds (pi B d/Phi_0)^2/3 at whole flux: pi B d = Phi_0 n d/R^2
    for n, width in ((1, 6.0), (2, 12.0)):
        floor = radial_level(300.0, width, float(n), n)
        assert floor == pytest.approx((n * width / 300.0**2) ** 2 / 3, rel=5e-3)
    data = on.probe.little_parks_resistance(thin, 2.0)
    assert data["ring_resistance"].values == pytest.approx(2.0 * (1.2 - expected))


def test_wide_wall_against_a_shooting_method() -> None:
    """An independent eigenvalue: integrate the radial equation from the inner edge, f' = 0 at both."""
    from scipy.integrate import solve_ivp
    from scipy.optimize import brentq

    radius, width, flux, n = 100.0, 80.0, 1.3, 1

    def mismatch(level: float) -> float:
        def rhs(r: float, y: np.ndarray) -> list[float]:
            return [y[1], -y[1] / r + ((n / r - flux * r / radius**2) ** 2 - level) * y[0]]

        found = solve_ivp(rhs, (60.0, 140.0), [1.0, 0.0], rtol=1e-11, atol=1e-14)
        return found.y[1, -1]

    level = radial_level(radius, width, flux, n)
    assert brentq(mismatch, 0.8 * level, 1.2 * level, xtol=1e-16) == pytest.approx(level, rel=1e-8)


def test_refused() -> None:
    spot = on.model.Spots(((60.0, 0.0),), 8.0, 0.2)
    with pytest.raises(InvalidInput, match="strength"):
        on.solve.fluxoid_states(ring(strength=spot), [0.0], (0,))
    with pytest.raises(InvalidInput, match="windings"):
        on.solve.fluxoid_states(ring(), [0.0], ())
    with pytest.raises(NotConverged):
        on.solve.ring_state(ring(50.0), 0.0, 4, spacing=2.5)  # beyond the stability limit, 2.93
    with pytest.raises(NoSuperconductivity):
        on.solve.ring_state(ring(50.0, strength=-1.0), 0.0, 0, spacing=2.5)
    with pytest.raises(InvalidInput, match="gain"):
        on.solve.slip_barrier(ring(), 0.0, 1, gains=2)
    with pytest.raises(NotConverged):
        on.solve.slip_barrier(ring(50.0), 2.9, 0, gains=-1, spacing=2.5)
    with pytest.raises(InvalidInput, match="temperature"):
        on.solve.little_parks(ring(), [0.0])
    m = on.model.GinzburgLandau(50.0, 100.0, critical_temperature=1.2, temperature=1.1)
    with pytest.raises(InvalidInput, match="wall"):
        on.solve.little_parks(on.model.ThinRing(300.0, 100.0, m), [0.0], width=700.0)
    with pytest.raises(InvalidInput, match="temperature"):
        on.response.slip_rate(on.solve.slip_barrier(ring(30.0), 0.5, 1, spacing=4.0), 0.0)
    with pytest.raises(on.errors.CannotProbe, match="slip_attempt"):
        on.response.slip_rate(on.solve.ring_state(ring(30.0), spacing=4.0), 1.0)
