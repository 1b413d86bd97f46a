"""Renormalised mean-field theory: exact expectation values, SU(2), thermodynamics, gauge invariance, two scales."""

from itertools import product

import numpy as np
import pytest
from scipy.integrate import dblquad

import onnes as on
from onnes.errors import InvalidInput, InvalidModel, NoSuperconductivity, NotConverged
from onnes.numerics.fixedpoint import Anderson
from onnes.solve.correlated import renormalised_equations as equations
from onnes.solve.correlated.renormalised_equations import Amplitudes, Zone
from onnes.state import load, save
from onnes.units import K_B

T_J = on.model.SquareTJ(t=300.0, J=100.0)
CUPRATE = on.model.SquareTJ(t=300.0, J=100.0, t_prime=-60.0)
PHASES = ("d-wave", "extended s", "s+id", "flux", "uniform")


def solved(model, doping, temperature, **options):
    return on.solve.renormalised_mean_field(model, doping, temperature, **{"mesh": 64, **options})


def energy(state) -> float:
    return float(state["site_free_energy"])


# --- the coefficients ----------------------------------------------------------------------------


def test_exchange_of_two_sites_factorises_as_stated() -> None:
    """<S_1.S_2> = -(3/8)(|xi|^2 + |Delta|^2) in the exact ground state of two sites with hopping and pairing."""
    lower = np.array([[0.0, 1.0], [0.0, 0.0]])
    sign, one = np.diag([1.0, -1.0]), np.eye(2)
    c = []
    for mode in range(4):  # 1 up, 1 dn, 2 up, 2 dn, by Jordan and Wigner
        factors = [sign] * mode + [lower] + [one] * (3 - mode)
        matrix = np.eye(1)
        for factor in factors:
            matrix = np.kron(matrix, factor)
        c.append(matrix)
    up1, dn1, up2, dn2 = c
    hop, pair, mu = 0.7, 0.4 + 0.3j, 0.25
    h = -hop * (up1.T @ up2 + dn1.T @ dn2) - pair * (up1.T @ dn2.T - dn1.T @ up2.T)
    h = h + h.conj().T - mu * sum(a.T @ a for a in c)
    state = np.linalg.eigh(h)[1][:, 0]

    def mean(operator):
        return state.conj() @ operator @ state

    spin = [
        [sum(p[a, b] / 2 * (site[a].T @ site[b]) for a in (0, 1) for b in (0, 1)) for p in PAULI]
        for site in ((up1, dn1), (up2, dn2))
    ]
    exact = sum(mean(a @ b) for a, b in zip(*spin, strict=True)).real
    xi = mean(up1.T @ up2 + dn1.T @ dn2)
    delta = mean(dn2 @ up1 - up2 @ dn1)
    assert abs(delta) > 0.1 and abs(xi) > 0.1
    assert np.isclose(exact, -3 / 8 * (abs(xi) ** 2 + abs(delta) ** 2), rtol=1e-12)


PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


@pytest.mark.parametrize(("phase", "doping"), [(p, x) for p in PHASES for x in (0.0, 0.12)])
def test_a_lattice_in_real_space_has_these_bonds(phase: str, doping: float) -> None:
    """The mean-field Hamiltonian on 8x8 sites, antiperiodic along both axes, in the site basis: bonds come back."""
    size, kt = 8, 15.0
    state = solved(CUPRATE, doping, kt / K_B, phase=phase, mesh=size)
    xi, delta = state["valence_bond"], state["singlet_amplitude"]
    g_t, coupling = float(state["hopping_factor"]), 3 / 8 * float(state["exchange_factor"]) * CUPRATE.J
    n = size * size
    hopping, gap = np.zeros((n, n), complex), np.zeros((n, n), complex)
    wrapped = {}

    def site(x: int, y: int) -> tuple[int, int]:
        return (x % size) * size + y % size, (-1) ** (x // size + y // size)

    for x, y in product(range(size), repeat=2):
        i, first = x * size + y, (x + y) % 2 == 0
        for axis, (dx, dy) in enumerate([(1, 0), (0, 1)]):
            j, turn = site(x + dx, y + dy)
            bond = xi[axis] if first else xi[axis].conj()  # from the first sublattice to the second
            hopping[i, j] -= turn * (g_t * CUPRATE.t + coupling * bond.conj())
            gap[i, j] = gap[j, i] = 2 * coupling * delta[axis] * turn / 2
            wrapped[i, j] = (axis, turn, first)
        for dx, dy in ((1, 1), (1, -1)):
            j, turn = site(x + dx, y + dy)
            hopping[i, j] -= turn * g_t * CUPRATE.t_prime
    hopping += hopping.conj().T
    hopping -= float(state["spinon_level"]) * np.eye(n)
    # H = sum h c+c - sum gap_ij c+_i,up c+_j,dn + h.c.
    levels, vectors = np.linalg.eigh(np.block([[hopping, -gap], [-gap.conj().T, -hopping.conj()]]))
    occupied = (vectors / (1 + np.exp(levels / kt))) @ vectors.conj().T  # <psi+_b psi_a>
    normal, anomalous = (
        occupied[:n, :n].T,
        occupied[:n, n:],
    )  # <c+_i c_j>, <c+_j,dn... c_i,up> = <c_j,dn c_i,up>
    assert np.allclose(2 * np.trace(normal).real / n, 1 - doping, atol=1e-9)
    for (i, j), (axis, turn, first) in wrapped.items():
        found = 2 * turn * normal[i, j]
        assert np.isclose(found if first else found.conj(), xi[axis], atol=1e-8)
        assert np.isclose(turn * (anomalous[i, j] + anomalous[j, i]), delta[axis], atol=1e-8)


def test_gutzwiller_factors() -> None:
    for x in (0.0, 0.1, 0.5):
        state = solved(T_J, x, 400.0)
        assert np.isclose(float(state["hopping_factor"]), 2 * x / (1 + x))
        assert np.isclose(float(state["exchange_factor"]), 4 / (1 + x) ** 2)
        assert np.isclose(float(state["electrons"]), 1 - x, atol=1e-10)


# --- half filling --------------------------------------------------------------------------------


def test_half_filling_is_the_integral() -> None:
    """xi = Delta = <sqrt(cos^2 kx + cos^2 ky)>/sqrt(8) = 0.339, energy of a bond -3 J xi^2 = -0.344 J."""
    integral = dblquad(lambda a, b: np.hypot(np.cos(a), np.cos(b)), 0, np.pi / 2, 0, np.pi / 2)[0]
    expected = integral / (np.pi / 2) ** 2 / np.sqrt(8)
    assert round(expected, 3) == 0.339
    state = solved(T_J, 0.0, 0.0, mesh=400)
    # the cone at the nodes costs a sum of midpoints O(1/mesh^3): 400^-3 = 2e-8
    np.testing.assert_allclose(state["valence_bond"], expected, rtol=1e-7)
    np.testing.assert_allclose(state["singlet_amplitude"], [expected, -expected], rtol=1e-7)
    assert np.isclose(energy(state) / 2, -3 * T_J.J * expected**2, rtol=1e-7)
    assert round(energy(state) / 2 / T_J.J, 3) == -0.344
    # nothing moves: no stiffness and no order, although the gap is largest
    assert float(state["projected_pairing"]) == 0 and state["layer_stiffness"][0] == 0
    errors = [
        abs(complex(solved(T_J, 0.0, 0.0, mesh=n)["valence_bond"][0]) - expected) for n in (50, 100, 200)
    ]
    assert errors[0] > 7 * errors[1] > 49 * errors[2]


@pytest.mark.parametrize("temperature", [0.0, 300.0, 700.0])
def test_states_that_a_local_rotation_joins_are_one(temperature: float) -> None:
    """SU(2) at x = 0: d-wave, s+id and the flux of pi have the same energy, entropy and sum of squares."""
    states = {phase: solved(T_J, 0.0, temperature, phase=phase) for phase in PHASES}
    one = states["d-wave"]
    for phase in ("flux", "s+id"):
        other = states[phase]
        assert np.isclose(energy(other), energy(one), rtol=1e-10)
        assert np.isclose(float(other["site_entropy"]), float(one["site_entropy"]), rtol=1e-7, atol=1e-12)
        squares = [
            float(np.sum(np.abs(s["valence_bond"]) ** 2 + np.abs(s["singlet_amplitude"]) ** 2))
            for s in (one, other)
        ]
        assert np.isclose(*squares, rtol=1e-8)
    assert np.isclose(energy(states["extended s"]), energy(states["uniform"]), rtol=1e-10)
    assert energy(one) < energy(states["uniform"]) - 0.01 * T_J.J
    # the product of the four bonds around a plaquette of the flux phase is negative: half a flux quantum
    x, y = states["flux"]["valence_bond"]
    assert np.isclose(x * y.conj() * x * y.conj(), -(abs(x) ** 4), rtol=1e-8)


def test_a_rotated_state_is_also_a_solution() -> None:
    """The whole circle xi^2 + d^2 of constant size at x = 0: cosine and sine of any angle solve the equations."""
    zone = Zone(T_J, 0.0, 20.0, 64)
    state = solved(T_J, 0.0, 20.0 / K_B)
    size = np.sqrt(2) * float(state["valence_bond"][0].real)
    # xi in place of s: a rotation between uniform hopping and extended singlets, d and the flux untouched
    for angle in (0.2, 0.7, 1.3):
        bonds = Amplitudes(
            size / np.sqrt(2) * np.cos(angle), 0.0, size / np.sqrt(2) * np.sin(angle), size / np.sqrt(2)
        )
        again = equations.image(zone, bonds, 0.0)
        for name in ("xi", "s", "d"):
            assert np.isclose(getattr(again, name), getattr(bonds, name), atol=1e-9)


def test_doping_lifts_the_degeneracy_towards_d_wave() -> None:
    for x in (0.02, 0.1):
        found = {phase: energy(solved(CUPRATE, x, 30.0, phase=phase, mesh=200)) for phase in PHASES}
        assert min(found, key=found.get) in ("d-wave", "s+id")
        assert found["d-wave"] < found["flux"] - 1e-3 * T_J.J < found["uniform"]
        # s+id gives up its s part
        assert np.isclose(found["s+id"], found["d-wave"], rtol=1e-9)


# --- thermodynamics ------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", PHASES)
def test_the_solution_is_where_the_free_energy_is_stationary(phase: str) -> None:
    state = solved(CUPRATE, 0.08, 250.0, phase=phase)
    zone = Zone(CUPRATE, 0.08, K_B * 250.0, 64)
    xi, delta = state["valence_bond"], state["singlet_amplitude"]
    values = {
        "xi": xi[0].real,
        "eta": xi[0].imag,
        "s": abs(delta.sum()) / 2,
        "d": abs(delta[0] - delta[1]) / 2,
        "mu": float(state["spinon_level"]),
    }

    def f(**moved: float) -> float:
        at = {**values, **moved}
        return equations.free_energy(zone, Amplitudes(*(at[n] for n in ("xi", "eta", "s", "d"))), at["mu"])

    assert np.isclose(f(), energy(state), rtol=1e-13)
    names = {"flux": ("xi", "eta")}.get(phase, ("xi", "s", "d"))
    for name in names:
        h = 1e-4
        slope = (f(**{name: values[name] + h}) - f(**{name: values[name] - h})) / (2 * h)
        # against kappa, the scale of second derivatives; differences are good to h^2 and rounding 1e-13 F/h
        assert abs(slope) < 1e-6 * zone.exchange
    slope = (f(mu=values["mu"] + 0.01) - f(mu=values["mu"] - 0.01)) / 0.02
    assert abs(slope) < 1e-6


@pytest.mark.parametrize("phase", ["d-wave", "flux", "uniform"])
def test_derivatives_of_the_free_energy(phase: str) -> None:
    """S = -dF/dT and mu = dF/dn along the self-consistent solution; derivatives of g_t and g_J are in mu."""
    x, t, mesh = 0.1, 200.0, 128

    def f(temperature: float, doping: float) -> float:
        return energy(solved(CUPRATE, doping, temperature, phase=phase, mesh=mesh))

    state = solved(CUPRATE, x, t, phase=phase, mesh=mesh)
    step = 1.0
    entropy = -(f(t + step, x) - f(t - step, x)) / (2 * step) / K_B
    assert np.isclose(entropy, float(state["site_entropy"]), rtol=1e-4)
    step = 1e-4
    mu = -(f(t, x + step) - f(t, x - step)) / (2 * step)
    assert np.isclose(mu, float(state["chemical_potential"]), rtol=1e-5)
    assert abs(mu - float(state["spinon_level"])) > 10.0


def test_hot_spins_are_free() -> None:
    """kT far above t and J: bonds vanish as 1/T; the entropy is that of electrons independent on every site."""
    x, kt = 0.2, 1e5
    state = solved(CUPRATE, x, kt / K_B)
    n = (1 - x) / 2
    assert np.isclose(float(state["site_entropy"]), -2 * (n * np.log(n) + (1 - n) * np.log(1 - n)), rtol=1e-4)
    # to first order in 1/T, xi = 2 n(1 - n) g_t t/kT for two spins; kappa xi adds kappa/2kT = 1e-3 of it
    bare = 2 * n * (1 - n) * float(state["hopping_factor"]) * CUPRATE.t / kt
    assert np.isclose(state["valence_bond"][0].real, bare, rtol=1e-2)
    assert abs(state["singlet_amplitude"][0]) < 1e-9


# --- the two scales ------------------------------------------------------------------------------


def test_the_gap_vanishes_where_the_linearised_equation_says() -> None:
    """Delta^2 falls linearly to zero at the temperature of the linearised equation."""
    for x in (0.05, 0.2):
        critical = on.solve.valence_bond_temperature(CUPRATE, x, mesh=100)
        below = [
            float(solved(CUPRATE, x, f * critical, mesh=100)["singlet_amplitude"][0].real) ** 2
            for f in (0.998, 0.999)
        ]
        # straight to second order in 1 - T/Tc = 2e-3
        zero = 0.999 + 0.001 * below[1] / (below[0] - below[1])
        assert np.isclose(zero, 1.0, atol=2e-5)
        assert abs(solved(CUPRATE, x, 1.001 * critical, mesh=100)["singlet_amplitude"][0]) < 1e-8
    # every factor of the eigenvalue is known at x = 0: T = (3/16) g_J J
    assert np.isclose(on.solve.valence_bond_temperature(T_J, 0.0, mesh=64), 0.75 * T_J.J / K_B, rtol=1e-9)
    assert abs(solved(T_J, 0.0, 0.749 * T_J.J / K_B)["singlet_amplitude"][0]) > 0.01


def test_a_start_without_pairs_does_not_hide_them() -> None:
    """Zero pairs solve the equations at any temperature; the iteration leaves that solution where it is unstable."""
    almost = solved(T_J, 0.1, 0.9999999 * on.solve.valence_bond_temperature(T_J, 0.1, mesh=64))
    assert abs(almost["singlet_amplitude"][0]) < 1e-3
    cold = solved(T_J, 0.1, 100.0, start=almost)
    assert cold.report.start == "warm"
    np.testing.assert_allclose(
        cold["singlet_amplitude"], solved(T_J, 0.1, 100.0)["singlet_amplitude"], rtol=1e-8
    )


def twisted(model, doping: float, kt: float, twist: float, mesh: int, seed) -> tuple[float, np.ndarray]:
    """Free energy of a site with a vector potential along x on the hopping; every bond finds its own value.

    The whole zone, complex xi_x, BdG energies of (k up, -k dn) that need not be symmetric.
    """
    k = 2 * np.pi * (np.arange(mesh) + 0.5) / mesh
    kx, ky = k[:, None], k[None, :]
    g_t, kappa = 2 * doping / (1 + doping), 3 / (1 + doping) ** 2 * model.J

    def sums(values: np.ndarray) -> tuple[np.ndarray, float]:
        re, im, xi_y, delta_x, delta_y, mu = values

        def band(kx, ky):
            bare = model.t * (np.cos(kx + twist) + np.cos(ky)) + 2 * model.t_prime * np.cos(
                kx + twist
            ) * np.cos(ky)
            return -2 * g_t * bare - kappa * (re * np.cos(kx) + im * np.sin(kx) + xi_y * np.cos(ky)) - mu

        here, there = band(kx, ky), band(-kx, -ky)
        even, odd = (here + there) / 2, (here - there) / 2
        gap = kappa * (delta_x * np.cos(kx) + delta_y * np.cos(ky))
        size = np.hypot(even, gap)
        plus, minus = 1 / (1 + np.exp((odd + size) / kt)), 1 / (1 + np.exp((odd - size) / kt))
        # <n_k,up>, <1 - n_-k,dn> and <c_-k,dn c_k,up>
        up = plus * (1 + even / size) / 2 + minus * (1 - even / size) / 2
        down = 1 - plus * (1 - even / size) / 2 - minus * (1 + even / size) / 2
        pair = gap / (2 * size) * (minus - plus)
        new = [
            np.mean(np.cos(kx) * (up + down)),
            np.mean(np.sin(kx) * (up - down)),
            np.mean(np.cos(ky) * (up + down)),
            2 * np.mean(np.cos(kx) * pair),
            2 * np.mean(np.cos(ky) * pair),
            mu - 100.0 * (np.mean(up + down) - (1 - doping)),
        ]
        logs = np.logaddexp(0, -(odd + size) / kt) + np.logaddexp(0, -(odd - size) / kt)
        omega = np.mean(there) - kt * np.mean(logs)
        return np.array(new), omega + mu * (1 - doping) + kappa / 2 * float(np.sum(values[:5] ** 2))

    from onnes.numerics.fixedpoint import anderson

    method = Anderson(history=8, max_iterations=300, tolerance=1e-13)
    found = anderson(lambda v: sums(v / SCALE)[0] * SCALE, seed * SCALE, method)
    assert found.converged
    return sums(found.x / SCALE)[1], found.x / SCALE


SCALE = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.01])


@pytest.mark.parametrize(("doping", "kt"), [(0.1, 10.0), (0.1, 35.0), (0.2, 15.0)])
def test_stiffness_is_the_curvature_against_a_twist(doping: float, kt: float) -> None:
    """J = (1/4) d^2F/dA^2 with all bonds free to follow, by differences, on the same mesh."""
    state = solved(CUPRATE, doping, kt / K_B)
    xi, delta, mu = (state[n] for n in ("valence_bond", "singlet_amplitude", "spinon_level"))
    seed = np.array([xi[0].real, 0.0, xi[1].real, delta[0].real, delta[1].real, float(mu)])
    step = 0.02
    rest, same = twisted(CUPRATE, doping, kt, 0.0, 64, seed)
    moved, bonds = twisted(CUPRATE, doping, kt, step, 64, seed)
    np.testing.assert_allclose(same, seed, atol=1e-7)
    assert np.isclose(rest, energy(state), rtol=1e-12)
    # the phase of xi follows, and F(A) is even: the difference is good to A^2/12 and some, 1e-4
    assert abs(bonds[1]) > 1e-4
    assert np.isclose((moved - rest) * 2 / step**2 / 4, state["layer_stiffness"][0], rtol=2e-3)


def test_a_metal_without_pairs_is_not_stiff() -> None:
    """Gauge invariance: diamagnetic and paramagnetic currents cancel, the phases of xi taking part."""
    for model, x in ((T_J, 0.1), (CUPRATE, 0.25)):
        zone = Zone(model, x, 40.0, 128)
        state = solved(model, x, 40.0 / K_B, phase="uniform", mesh=128)
        bonds = Amplitudes(state["valence_bond"][0].real)
        # integration by parts on a periodic mesh: as exact as the sum, exp(-mesh kT/v)
        assert abs(equations.stiffness(zone, bonds, float(state["spinon_level"]))) < 1e-6
    near = 0.9999 * on.solve.valence_bond_temperature(T_J, 0.1, mesh=64)
    assert 0 < solved(T_J, 0.1, near)["layer_stiffness"][0] < 1e-2


def test_stiffness_does_not_see_the_mesh_at_low_temperature() -> None:
    """Thermal quasiparticles at the nodes fill less than a cell of the mesh, and are resolved nevertheless."""
    temperatures = np.array([2.0, 4.0, 8.0])
    for mesh in (50, 200):
        cold = solved(T_J, 0.1, 0.0, mesh=mesh)["layer_stiffness"][0]
        lost = [cold - solved(T_J, 0.1, t, mesh=mesh)["layer_stiffness"][0] for t in temperatures]
        # Dirac nodes: J falls linearly, with corrections of order T/Delta = 1e-2
        np.testing.assert_allclose(lost / temperatures, lost[0] / temperatures[0], rtol=2e-2)
        # one node has <v^2 (-f')> = v^2 2 ln 2 kT/(2 pi v_F v_Delta)
        state = solved(T_J, 0.1, 0.0, mesh=mesh)
        assert np.isclose(lost[0] / (K_B * 2.0), nodal_slope(T_J, state), rtol=1e-2)


def nodal_slope(model, state) -> float:
    """-dJ/d(kT) at T = 0 from the cones of the four nodes; the renormalised current of the electrons counts."""
    kappa = 0.75 * float(state["exchange_factor"]) * model.J
    hop = 2 * float(state["hopping_factor"]) * model.t
    xi, d = state["valence_bond"][0].real, state["singlet_amplitude"][0].real
    # e = 0 on the diagonal: -2 (hop + kappa xi) cos k = mu
    k = np.arccos(-float(state["spinon_level"]) / (2 * (hop + kappa * xi)))
    v_x, v_fermi = hop * np.sin(k), np.sqrt(2) * (hop + kappa * xi) * np.sin(k)
    v_gap = np.sqrt(2) * kappa * d * np.sin(k)
    # 2 <v^2 (-f')> = 2 * 4 nodes * v^2/(2 pi)^2 * int d^2E (-f'(|E|))/(v_F v_Delta), the integral being 2 pi ln 2 kT
    return 8 * v_x**2 * np.log(2) / (2 * np.pi * v_fermi * v_gap) / 4


def test_two_scales_cross_over_a_dome() -> None:
    """Singlets form at a temperature that falls with doping, their phases order at one that rises with it."""
    dopings = np.array([0.0, 0.02, 0.04, 0.1, 0.17, 0.25, 0.28])
    cold = [solved(T_J, x, 0.0, mesh=200) for x in dopings]
    gap, order, stiff = (
        np.array([float(np.ravel(s[name])[0]) for s in cold])
        for name in ("singlet_gap", "projected_pairing", "layer_stiffness")
    )
    assert np.all(np.diff(gap) < 0) and np.all(np.diff(stiff) > 0)
    assert 0.1 < dopings[np.argmax(order)] < 0.25 and order[0] == 0
    # proportional to doping: g_t = 2x/(1 + x), xi and Delta change by some x
    assert np.isclose(stiff[2] / stiff[1], 2.0, rtol=0.05) and np.isclose(order[2] / order[1], 2.0, rtol=0.1)
    # J(0) = (g_t t xi)/2 without t'
    expected = [float(s["hopping_factor"]) * T_J.t * s["valence_bond"][0].real / 2 for s in cold]
    np.testing.assert_allclose(stiff, expected, rtol=1e-12)
    singlets = np.array([on.solve.valence_bond_temperature(T_J, x, mesh=200) for x in dopings])
    phases = np.array([on.solve.phase_ordering_temperature(T_J, x, mesh=100) for x in dopings])
    assert np.all(np.diff(singlets) < 0) and np.all(phases < singlets)
    assert 0.1 < dopings[np.argmax(phases)] < 0.25 and phases[0] == 0
    assert np.isclose(phases[2] / phases[1], 2.0, rtol=0.1)
    assert phases[-1] > 0.75 * singlets[-1] and phases[1] < 0.1 * singlets[1]


def test_phases_order_where_the_stiffness_says() -> None:
    found = on.solve.phase_ordering_temperature(T_J, 0.1, mesh=64)
    temperatures = found * np.array([0.98, 0.99, 1.01, 1.02])
    layers = [solved(T_J, 0.1, t)["layer_stiffness"][0] for t in temperatures]
    # the ladder is joined by straight lines
    assert np.isclose(on.probe.bkt_temperature(temperatures, layers), found, rtol=1e-4)


# --- the state -----------------------------------------------------------------------------------


def test_the_mesh_is_fine_enough() -> None:
    one, two = (solved(CUPRATE, 0.15, 100.0, mesh=n) for n in (200, 400))
    # |grad e| < 350 meV moves e by 1.3 kT from point to point: exp(-2 pi^2/1.3) = 3e-7 of what there is
    for name in (
        "valence_bond",
        "singlet_amplitude",
        "site_free_energy",
        "layer_stiffness",
        "chemical_potential",
    ):
        np.testing.assert_allclose(one[name], two[name], rtol=1e-6)


def test_the_sign_of_the_hopping_is_a_choice() -> None:
    """t -> -t moves k by (pi, pi); with t' this is no symmetry of the filling, without it is."""
    turned = on.model.SquareTJ(t=-300.0, J=100.0)
    one, other = solved(T_J, 0.1, 100.0), solved(turned, 0.1, 100.0)
    assert np.isclose(energy(one), energy(other), rtol=1e-12)
    np.testing.assert_allclose(other["valence_bond"], -one["valence_bond"], rtol=1e-9)
    np.testing.assert_allclose(other["layer_stiffness"], one["layer_stiffness"], rtol=1e-9)


def test_energies_scale() -> None:
    """Everything in units of J: three times the energies at three times the temperature."""
    scaled = on.model.SquareTJ(t=900.0, J=300.0, t_prime=-180.0)
    one, three = solved(CUPRATE, 0.1, 100.0), solved(scaled, 0.1, 300.0)
    for name in ("site_free_energy", "singlet_gap", "layer_stiffness", "chemical_potential"):
        np.testing.assert_allclose(three[name], 3 * one[name], rtol=1e-9)
    np.testing.assert_allclose(three["singlet_amplitude"], one["singlet_amplitude"], rtol=1e-9)


def test_a_state_survives_its_file_and_warms_another(tmp_path) -> None:
    state = solved(CUPRATE, 0.1, 100.0)
    assert state.method == "rmft" and state.report.converged
    assert all(check.passed for check in state.report.checks)
    again = load(save(state, tmp_path / "state.nc"))
    assert again.model == CUPRATE
    for name in state.fields:
        np.testing.assert_array_equal(again[name], state[name])
    warm = solved(CUPRATE, 0.1, 101.0, start=again)
    assert warm.report.start == "warm" and warm.report.iterations < state.report.iterations
    assert "layer_stiffness" not in solved(CUPRATE, 0.1, 100.0, phase="flux")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"doping": -0.1}, "from 0 to below 1"),
        ({"doping": 1.0}, "from 0 to below 1"),
        ({"temperature": -1.0}, "0 K or more"),
        ({"phase": "p-wave"}, "use one of d-wave"),
        ({"mesh": 51}, "even number"),
        ({"phase": "flux", "temperature": 0.0}, "cannot resolve a Fermi line"),
    ],
)
def test_mistakes_are_named(options: dict, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        solved(**{"model": T_J, "doping": 0.1, "temperature": 10.0} | options)


def test_starts_of_another_kind_are_refused() -> None:
    uniform = solved(T_J, 0.1, 100.0, phase="uniform")
    with pytest.raises(InvalidInput, match="same phase"):
        solved(T_J, 0.1, 100.0, start=uniform)
    with pytest.raises(InvalidInput, match="renormalised_mean_field"):
        solved(T_J, 0.1, 100.0, start=on.solve.bcs(on.model.BCS(7.2), 1.0))


def test_a_failed_iteration_is_told() -> None:
    short = Anderson(max_iterations=2)
    with pytest.raises(NotConverged):
        solved(T_J, 0.1, 100.0, method=short)
    assert not solved(T_J, 0.1, 100.0, method=short, throw=False).report.converged
    with pytest.raises(NoSuperconductivity, match="no singlets form down to"):
        on.solve.valence_bond_temperature(T_J, 0.6, mesh=100)


def test_a_model_that_cannot_be() -> None:
    for given, field in (({"t": 0.0}, "t = 0"), ({"J": -1.0}, "J = -1"), ({"t_prime": np.nan}, "t_prime")):
        with pytest.raises(InvalidModel, match=field):
            on.model.SquareTJ(**{"t": 300.0, "J": 100.0} | given)
