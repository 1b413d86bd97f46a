"""The current response: gauge invariance, sum rules, limits in closed form."""

import numpy as np
import pytest

from onnes import model, response, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.numerics import brillouin
from onnes.numerics.fixedpoint import Anderson
from onnes.state import Outcome, Report, State
from onnes.units import E_CHARGE, HBAR_SI, K_B, M_E, MU_0

SQUARE = model.square({(0, 0): 60.0, (1, 0): -100.0, (1, 1): 20.0}, a=3.8, c=6.6)
BONDS = model.attraction({(1, 0): 150.0})
TIGHT = Anderson(tolerance=1e-13)


def metal(bands, temperature):
    return State(bands, "bands", {"temperature": np.array([temperature])}, Report(Outcome.CONVERGED))


def two_sites():
    """Two orbitals off the cell's origin, hopping without reflection symmetry: nothing vanishes by accident."""
    cells = np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    hop = np.zeros((5, 2, 2), complex)
    hop[0] = [[20, -80], [-80, 10]]
    hop[1] = [[-15, 0], [-50, -10]]
    hop[3] = [[-60, 5], [5, -70]]
    hop[2], hop[4] = hop[1].conj().T, hop[3].conj().T
    positions = np.array([[0, 0, 0], [0.4, 0.1, 0]])
    return model.TightBinding(np.diag([3.0, 4.0, 5.0]), cells, hop, ("a", "b"), positions)


def test_curvature_is_the_derivative_of_the_velocity():
    bands = two_sites()
    from onnes.response.lattice.current import curvature

    k, h = np.array([0.13, 0.29, 0.0]), 1e-5
    tau = bands.positions @ bands.vectors
    for j in range(2):
        step = np.zeros(3)
        step[j] = h  # along b_j, which is Cartesian j here

        def in_gauge(at):
            # the velocity in the gauge with exp(ik.tau), where it is a derivative
            kk = at @ bands.reciprocal()
            phase = np.exp(1j * (tau @ kk))
            return phase.conj()[:, None] * bands.velocity(at) * phase[None, :]

        numeric = (in_gauge(k + step) - in_gauge(k - step)) / (2 * h * bands.reciprocal()[j, j])
        kk = k @ bands.reciprocal()
        phase = np.exp(1j * (tau @ kk))
        exact = phase.conj()[:, None] * curvature(bands, k)[:, j] * phase[None, :]
        # central difference: relative error (2 pi h)^2/6 = 7e-10
        assert np.allclose(numeric, exact, atol=1e-6 * np.abs(exact).max())


def test_a_normal_metal_has_no_superfluid():
    """D = sum d(v f)/dk, a derivative over the whole zone: the mesh is exponentially right in L kT/W."""
    totals = [response.superfluid_weight(metal(SQUARE, 600.0), mesh=(n, n)) for n in (16, 32, 64)]
    relative = [abs(w.total[0, 0] / w.diamagnetic[0, 0]) for w in totals]
    assert relative[1] < 30 * relative[0] ** 2 and relative[2] < 1e-10
    interband = response.superfluid_weight(metal(two_sites(), 600.0), mesh=(64, 64))
    assert np.max(np.abs(interband.total[:2, :2])) < 1e-9 * interband.diamagnetic[0, 0]
    assert interband.interband[0, 0] < -1.0


def test_free_electrons():
    """A nearly empty band is hbar^2 n/m with m = hbar^2/2ta^2, less pi n/4 from <cos kx> = 1 - <kx^2>/2."""
    bands = model.square({(0, 0): 394.0, (1, 0): -100.0}, a=2.0)
    state = solve.given_gap(model.Superconductor(bands, model.s_wave(0.02)), 0.0)
    mesh = (512, 512)
    weight = response.superfluid_weight(state, mesh=mesh)
    energy = bands.bloch(brillouin.mesh(mesh, 0.5))[:, 0, 0].real
    n = np.mean(1 - energy / np.hypot(energy, 0.02))
    assert n < 0.03
    # the next order in n is (pi n)^2/..., and the mesh has some 1600 occupied points
    assert weight.total[0, 0] / (2 * 100.0 * 4.0 * n) == pytest.approx(1 - np.pi * n / 4, abs=3e-4)


def test_clean_superconductor_at_zero_temperature_has_all_its_diamagnetic_weight():
    """One band: the current commutes with the kinetic energy, nothing is left at finite energy."""
    state = solve.bdg(SQUARE, BONDS, 0.0, mesh=(32, 32))
    weight = response.superfluid_weight(state, mesh=(32, 32))
    assert weight.total[0, 0] == pytest.approx(weight.diamagnetic[0, 0], rel=1e-12)
    assert weight.total[0, 0] == pytest.approx(weight.total[1, 1], rel=1e-12)
    assert abs(weight.total[0, 1]) < 1e-12 * weight.total[0, 0]
    # nearest neighbours alone: minus the kinetic energy along x, times a^2
    bands = model.square({(0, 0): 0.0, (1, 0): -100.0}, a=3.8)
    paired = solve.given_gap(model.Superconductor(bands, model.d_wave(20.0)), 50.0)
    k = brillouin.mesh((32, 32), 0.5)
    energies, vectors = response.quasiparticles(paired, k)
    occupied = np.einsum("kn,kn->k", np.abs(vectors[:, 0]) ** 2, brillouin.fermi(energies, K_B * 50.0))
    kinetic = 2 * np.mean(-200.0 * np.cos(2 * np.pi * k[:, 0]) * occupied)
    diamagnetic = response.superfluid_weight(paired, mesh=(32, 32)).diamagnetic[0, 0]
    assert diamagnetic == pytest.approx(-kinetic * 3.8**2, rel=1e-12)


def test_nodes_take_superfluid_linearly():
    """Four Dirac cones: D(0) - D(T) = S (2 ln 2/pi)(v_F/v_Delta) kT for each cell."""
    bands = model.square({(0, 0): 0.0, (1, 0): -100.0})
    state = solve.given_gap(model.Superconductor(bands, model.d_wave(80.0)), 20.0)
    mesh = (512, 512)
    loss = -response.superfluid_weight(state, mesh=mesh).thermal[0, 0]
    # at the node (pi/2, pi/2): v_F = 2 sqrt2 t a, v_Delta = Delta/sqrt2 a
    ratio = 2 * np.sqrt(2) * 100 / (80 / np.sqrt(2))
    expected = 2 * np.log(2) / np.pi * ratio * K_B * 20.0
    # curvature of the cones: relative (kT/Delta)^2, some 1e-3; the mesh's thermal circle has 4 points across
    assert loss == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize("q", [(1, 0), (3, 0), (2, 5)])
def test_gauge_invariance_of_a_d_wave(q):
    """Along q the vector potential is a gauge: zero with the gap's own motion, far from zero without."""
    mesh = (32, 32)
    state = solve.bdg(SQUARE, BONDS, 100.0, mesh=mesh, method=TIGHT)
    along, across = (*q, 0.0), (-q[1], q[0], 0.0)
    scale = response.superfluid_weight(state, mesh=mesh).diamagnetic[0, 0]
    answer = response.static_current(state, BONDS, q=q, direction=along, mesh=mesh)
    assert abs(answer) < 1e-8 * scale
    assert response.static_current(state, None, q=q, direction=along, mesh=mesh) > 0.1 * scale
    assert response.static_current(state, BONDS, q=q, direction=across, mesh=mesh) > 0.1 * scale


def test_gauge_invariance_of_two_sites_in_a_cell():
    bands, bonds, mesh = two_sites(), model.attraction({(0, 0): 200.0, (1, 0): 60.0}, 2), (20, 20)
    state = solve.bdg(bands, bonds, 40.0, mesh=mesh, method=TIGHT)
    q = np.array([2, 1, 0])
    along = (q / 20) @ bands.reciprocal()
    answer = response.static_current(state, bonds, q=q[:2], direction=along, mesh=mesh)
    scale = response.superfluid_weight(state, mesh=mesh).diamagnetic[0, 0]
    assert abs(answer) < 1e-8 * scale
    rigid = response.static_current(state, None, q=q[:2], direction=along, mesh=mesh)
    assert rigid > 0.1 * scale
    plain = metal(bands, 300.0)
    assert abs(response.static_current(plain, None, q=q[:2], direction=along, mesh=mesh)) < 1e-9 * scale


def test_across_q_the_answer_tends_to_the_superfluid_weight():
    """One band, long waves: K(q) = D (1 - O(q^2)); halving q divides the difference by four."""
    temperature = 150.0
    differences = []
    for n in (64, 128):
        state = solve.bdg(SQUARE, BONDS, temperature, mesh=(n, n))
        weight = response.superfluid_weight(state, mesh=(n, n)).total[0, 0]
        answer = response.static_current(state, BONDS, q=(0, 1), direction=(1, 0, 0), mesh=(n, n))
        differences.append(weight - answer)
    assert differences[0] == pytest.approx(4 * differences[1], rel=0.15)


def test_f_sum():
    """Superfluid + quasiparticles + the integral over finite energies = the diamagnetic weight, to 1e-3."""
    bands = two_sites()
    state = solve.given_gap(model.Superconductor(bands, model.s_wave(20.0, 2)), 40.0)
    mesh = (32, 32)
    weight = response.superfluid_weight(state, mesh=mesh)
    energy = np.linspace(0.0, 900.0, 1801)
    sigma = response.optical_conductivity(state, energy, width=2.0, mesh=mesh)
    assert np.min(sigma) >= 0
    total = weight.total[0, 0] - weight.thermal[0, 0] + np.trapezoid(sigma, energy)
    assert total == pytest.approx(weight.diamagnetic[0, 0], rel=1e-3)
    # nothing below twice the gap at low temperature
    assert np.max(sigma[energy < 25.0]) < 1e-3 * np.max(sigma)
    # a filled and an empty band: an insulator holds no superfluid, and all weight is between the bands
    full = metal(bands.shifted(-1000.0), 10.0)
    assert abs(response.superfluid_weight(full, mesh=mesh).total[0, 0]) < 1e-10


def test_units_of_stiffness_and_depth():
    """n electrons of mass m in layers of spacing d: 1/lambda^2 = mu_0 n e^2/m, J = hbar^2 n d/4m."""
    density, spacing = 1e28, 6.0  # 1/m^3, angstrom
    areal = density * spacing * 1e-10
    joule = HBAR_SI**2 * areal / (4 * M_E)
    inverse = MU_0 * density * E_CHARGE**2 / M_E * 1e-18
    meV = joule / E_CHARGE * 1e3
    assert response.inverse_square_depth(meV, spacing) == pytest.approx(inverse, rel=1e-12)
    # D = hbar^2 n/m for each cell of a^2 d
    bands = model.square({(0, 0): 0.0, (1, 0): -1.0}, a=4.0, c=spacing)
    d = HBAR_SI**2 / M_E * areal * (4e-10) ** 2 / E_CHARGE * 1e3 * 1e20
    assert response.stiffness(d * np.eye(3), bands) == pytest.approx(meV, rel=1e-12)
    assert response.stiffness(d * np.eye(3), bands, spacing / 2) == pytest.approx(meV / 2, rel=1e-12)


def test_fermi_line_against_the_zone():
    """Density of states and D_00 of the line against sums over the zone at a temperature that smooths them.

    Sommerfeld: corrections of (pi kT)^2/6 N''/N.
    """
    from onnes.response.lattice.fermi_line import fermi_line

    bands = model.square({(0, 0): 180.0, (1, 0): -100.0, (1, 1): 20.0}, a=3.8)
    line = fermi_line(bands)
    kt = 4.0
    k = brillouin.mesh((600, 600), 0.5)
    energy = bands.bloch(k)[:, 0, 0].real
    slope = brillouin.fermi(energy, kt) * brillouin.fermi(-energy, kt) / kt
    # van Hove point 100 meV away: (pi kT/100 meV)^2/6 = 0.3 %
    assert line.dos == pytest.approx(np.mean(slope), rel=0.004)
    v = bands.velocity(k)[:, 0, 0, 0].real
    assert line.weight == pytest.approx(2 * np.mean(slope * v**2), rel=0.004)
    assert line.weights.sum() == pytest.approx(1) and line.weights @ line.form**2 == pytest.approx(1)
    # second order of the mesh
    errors = [abs(fermi_line(bands, n).weight / line.weight - 1) for n in (64, 128)]
    assert errors[1] < errors[0] / 3 and errors[1] < 1e-3
    # a nearly empty band is a circle: N = 1/4 pi t for one spin and f = cos 2 phi
    round_line = fermi_line(model.square({(0, 0): 399.0, (1, 0): -100.0}), 2048)
    assert round_line.dos == pytest.approx(1 / (400 * np.pi), rel=2e-3)
    assert round_line.peak == pytest.approx(np.sqrt(2), rel=2e-3)


def test_what_is_refused():
    with pytest.raises(CannotProbe, match="temperature above zero"):
        response.superfluid_weight(metal(SQUARE, 0.0), mesh=(8, 8))
    foreign = State(model.BCS(10.0), "bcs", {"temperature": np.array([1.0])}, Report(Outcome.CONVERGED))
    with pytest.raises(CannotProbe):
        response.superfluid_weight(foreign, mesh=(8, 8))
    with pytest.raises(InvalidInput):
        response.condensation_energy(foreign, BONDS, mesh=(8, 8))
    from onnes.errors import InvalidModel
    from onnes.response.lattice.fermi_line import fermi_line

    for bad in (model.square({(0, 0): 900.0, (1, 0): -100.0}), two_sites()):
        with pytest.raises(InvalidModel):
            fermi_line(bad)
    skew = model.TightBinding(np.eye(3), [[1, 0, 0], [-1, 0, 0]], np.full((2, 1, 1), -1.0))
    with pytest.raises(InvalidModel, match="square lattice"):
        fermi_line(skew)
