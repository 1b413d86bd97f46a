"""Pinned cylinders: Bean's critical state in closed form, an independent integrator, and what a magnet feels."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from onnes import model, solve
from onnes.errors import InvalidInput, NotConverged
from onnes.model import Levitation, Travel
from onnes.numerics import rings
from onnes.solve.condensate.levitation import critical_state_engine as engine
from onnes.units import MU_0

MAGNET = model.CylinderMagnet(10.0, 10.0, 1.2)
PINNING = model.Pinning(1e8, 25.0)
BULK = model.SuperconductingCylinder(15.0, 10.0, PINNING)
CELLS = (12, 8)


@pytest.fixture(scope="module")
def loop():
    """Down to 2 mm, up to 5, down again, and far up, after zero-field cooling."""
    return solve.pinned_force(
        Levitation(MAGNET, BULK), Travel((25.0, 2.0, 5.0, 2.0, 25.0)), cells=CELLS, spacing=0.5
    )


def leg(state, number):
    turns = np.flatnonzero(np.diff(np.sign(np.diff(state["magnet_height"])))) + 1
    ends = [0, *turns, len(state["travel"]) - 1]
    part = slice(ends[number], ends[number + 1] + 1)
    order = np.argsort(state["magnet_height"][part])
    return state["magnet_height"][part][order], state["levitation_force"][part][order]


# --- closed forms ------------------------------------------------------------------------------------


def test_thin_disk_in_the_bean_state():
    # m = -(8/3) R^3 H S(H/Hd), Hd = Jc d/2, S = [arccos(1/cosh x) + sinh x/cosh^2 x]/2x, both limits checked:
    # S(0) = 1 is the screened disk, x S -> pi/4 the full critical state pi R^3 Jc d/3. With n = 201 and E about
    # Ec/10 at most, J falls short of Jc by ln(10)/201 = 1 %; measured 0.2 %.
    radius, thick, critical = 5e-3, 1e-5, 1e10
    unit = MU_0 * critical * thick / 2
    disk = model.SuperconductingCylinder(5.0, 0.01, model.Pinning(critical, 201.0))
    state = solve.pinned_magnetisation(disk, [0.0, 3 * unit], rate=2e-4 / radius, cells=(60, 1))
    x = state["swept_field"][1:] / unit
    shape = (np.arccos(1 / np.cosh(x)) + np.sinh(x) / np.cosh(x) ** 2) / (2 * x)
    expected = -8 / 3 * radius**3 * state["swept_field"][1:] / MU_0 * shape
    assert state["induced_moment"][1:] == pytest.approx(expected, rel=1e-2)
    assert state.report.checks[0].passed


def test_saturated_cylinder():
    # m = pi Jc R^3 h/3; short by ln(E/Ec)/n of the power law, 1 %
    body = model.SuperconductingCylinder(5.0, 4.0, model.Pinning(1e8, 201.0))
    state = solve.pinned_magnetisation(body, [0.0, 2.0], rate=0.02, cells=(10, 6), steps=20)
    assert state["induced_moment"][-1] == pytest.approx(-np.pi * 1e8 * 5e-3**3 * 4e-3 / 3, rel=1.5e-2)


def test_potential_of_a_full_cylinder():
    # against nested sheets, at mid height: of second order (measured 6e-4 at 20 cells), but for the cells next to the
    # axis, whose sources vary over a cell as much as the distance (1.3 % there)
    n_r, n_z = 20, 17
    cells = engine.cells_of(model.SuperconductingCylinder(5.0, 4.0, PINNING), (n_r, n_z))
    found = (cells.potential @ np.full(len(cells.r), 1e8)).reshape(n_z, n_r)[n_z // 2]
    x, w = np.polynomial.legendre.leggauss(40)
    for i, bound in ((0, 0.02), (2, 4e-3), (10, 1e-3), (19, 1e-3)):
        r, total = cells.r[i], 0.0
        for low, high in ((0.0, r), (r, 5e-3)):
            for a, weight in zip((high - low) / 2 * x + (high + low) / 2, (high - low) / 2 * w, strict=True):
                total += weight * rings.sheet(np.array([r]), np.zeros(1), a, -2e-3, 2e-3)[0][0]
        assert found[i] == pytest.approx(1e8 * total, rel=bound)


def test_field_from_the_potential():
    # a magnet's own field by differences of its potential; second order in cells of 0.5 mm at 6 mm
    cells = engine.cells_of(BULK, (30, 20))
    potential, radial, axial = MAGNET.ring_field(cells.r * 1e3, cells.z * 1e3 - 6.0)
    assert cells.flux_density(potential) == pytest.approx(np.hypot(radial, axial), rel=0.01)


def test_inductance_of_the_cells():
    # mutual inductances are symmetric and their energies positive
    cells = engine.cells_of(BULK, (8, 5))
    symmetric = cells.r[:, None] * cells.potential
    assert np.max(np.abs(symmetric - symmetric.T)) < 1e-12 * np.max(symmetric)
    assert np.linalg.eigvalsh(symmetric)[0] > 0


def test_mean_logarithm_of_a_rectangle():
    # Gauss quadrature away from the singularity is exact to 1e-12
    x, w = np.polynomial.legendre.leggauss(40)
    for at in ((1.0, 0.0), (-2.0, 1.5), (0.0, -0.9)):
        points = np.hypot(at[0] + 0.5 * x[:, None], at[1] + 0.25 * x[None, :])
        expected = np.sum(w[:, None] * w[None, :] * np.log(points)) / 4
        found = engine._mean_logarithm(np.array(at[0]), np.array(at[1]), 1.0, 0.5)
        assert found == pytest.approx(expected, abs=1e-10)


def test_against_an_independent_integrator():
    # the same ordinary differential equation by scipy's BDF; backward Euler in 1600 steps is off by
    # about 1/1600 of the largest current, 8e7
    body = model.SuperconductingCylinder(5.0, 4.0, model.Pinning(1e8, 7.0))
    state = solve.pinned_magnetisation(body, [0.0, 0.3], rate=0.1, cells=(5, 3), steps=1600)
    cells = engine.cells_of(body, (5, 3))
    inverse = np.linalg.inv(cells.potential)
    found = solve_ivp(
        lambda _, j: inverse @ (-1e-4 * np.sign(j) * np.abs(j / 1e8) ** 7 - 0.1 * cells.r / 2),
        (0.0, 3.0),
        np.zeros(15),
        method="BDF",
        rtol=1e-8,
        atol=1e1,
    )
    assert state["azimuthal_current"].ravel() == pytest.approx(found.y[:, -1], abs=1.5e5)


def test_ohmic_cylinder_follows_the_sweep():
    # n = 1, long after the start: J = -sigma (dB/dt) r/2, exactly
    body = model.SuperconductingCylinder(5.0, 4.0, model.Pinning(1e8, 1.0))
    state = solve.pinned_magnetisation(body, [0.0, 1.0], rate=1e-3, cells=(6, 4), steps=40)
    expected = -1e8 / 1e-4 * 1e-3 * state["body_radius"] * 1e-3 / 2
    assert state["azimuthal_current"][1] == pytest.approx(expected, rel=1e-6)


def test_strong_pinning_is_frozen_flux():
    # currents fill the first layer of cells, half a cell (0.3 mm) below the surface: the force of an image moves by
    # (1 + 0.3/5)^-4 at most
    body = model.SuperconductingCylinder(15.0, 10.0, model.Pinning(1e12))
    pair = Levitation(MAGNET, body, 12.0)
    pinned = solve.pinned_force(pair, Travel((12.0, 5.0)), cells=(24, 16), spacing=1.0)
    frozen = solve.screened_force(Levitation(MAGNET, model.SuperconductingCylinder(15.0, 10.0), 12.0), [5.0])
    ratio = pinned["levitation_force"][-1] / frozen["levitation_force"][0]
    assert 0.8 < ratio < 1.0
    assert pinned["dissipated_energy"][-1] < 1e-6 * pinned["external_work"][-1]


# --- force on a magnet -------------------------------------------------------------------------------


def test_loop_repels_down_and_attracts_up(loop):
    h, down = leg(loop, 0)
    up = np.interp(h, *leg(loop, 3))
    assert np.all(down > 0) and np.all(np.diff(down) < 0)
    assert np.all(up[1:-1] < down[1:-1]) and np.min(up) < 0


def test_minor_loop_is_stiffer_than_the_major(loop):
    major, minor = leg(loop, 0), leg(loop, 1)
    slope = [(f[0] - f[1]) / (h[1] - h[0]) for h, f in (major, minor)]
    assert slope[1] > 1.2 * slope[0] > 0


def test_energy_is_balanced(loop):
    # backward Euler loses what is of first order in the step of 0.5 mm at heights of 2 mm and more
    assert loop.report.checks[0].passed
    assert np.all(np.diff(loop["dissipated_energy"]) >= 0) and loop["dissipated_energy"][-1] > 0


def test_energy_balance_improves_with_the_step():
    errors = [
        abs(
            solve.pinned_force(Levitation(MAGNET, BULK), Travel((25.0, 2.0)), cells=(8, 6), spacing=s)
            .report.checks[0]
            .value
        )
        for s in (2.0, 0.5)
    ]
    assert errors[1] < errors[0] / 2.5


def test_poles_do_not_matter_after_zero_field_cooling():
    turned = model.CylinderMagnet(10.0, 10.0, -1.2)
    force = [
        solve.pinned_force(Levitation(m, BULK), Travel((20.0, 4.0)), cells=(8, 4), spacing=2.0)[
            "levitation_force"
        ]
        for m in (MAGNET, turned)
    ]
    assert force[0] == pytest.approx(force[1], rel=1e-9)


def test_cooled_in_the_field_it_holds_on_both_sides():
    pair = Levitation(MAGNET, BULK, 5.0)
    down = solve.pinned_force(pair, Travel((5.0, 3.0)), cells=CELLS)["levitation_force"]
    up = solve.pinned_force(pair, Travel((5.0, 8.0)), cells=CELLS)["levitation_force"]
    assert down[0] == up[0] == 0 and down[-1] > 0 > up[-1]


def test_a_weaker_current_in_a_field_carries_less():
    kim = model.SuperconductingCylinder(15.0, 10.0, model.Pinning(1e8, 25.0, kim_field=0.1))
    travel = Travel((20.0, 4.0))
    force = [
        solve.pinned_force(Levitation(MAGNET, body), travel, cells=(8, 5), spacing=0.5)["levitation_force"][
            -1
        ]
        for body in (BULK, kim)
    ]
    assert 0.4 * force[0] < force[1] < 0.95 * force[0]


# --- creep -------------------------------------------------------------------------------------------


def test_held_force_fades_with_the_logarithm_of_time():
    # a saturated body creeps self-similarly, J ~ t^(-1/(n-1)), once E has taken its final shape
    weak = model.SuperconductingCylinder(15.0, 10.0, model.Pinning(4e6, 21.0))
    times = np.geomspace(1.0, 1e8, 33)
    state = solve.levitation_creep(Levitation(MAGNET, weak), Travel((25.0, 3.0)), times, cells=CELLS)
    rate = -np.diff(np.log(state["levitation_force"][1:])) / np.diff(np.log(times))
    assert rate[-8:] == pytest.approx(1 / 20, rel=0.05)


def test_free_magnet_sinks_under_its_weight():
    state = solve.levitation_creep(
        Levitation(MAGNET, BULK), Travel((25.0, 6.0)), np.geomspace(1.0, 1e4, 9), free=True, cells=CELLS
    )
    assert np.all(np.diff(state["magnet_height"]) < 0)
    assert state["levitation_force"] == pytest.approx(state["levitation_force"][0], rel=1e-6)


# --- errors ------------------------------------------------------------------------------------------


def test_what_cannot_be_solved_is_refused():
    with pytest.raises(InvalidInput, match="Pinning"):
        solve.pinned_force(Levitation(MAGNET, model.SuperconductingCylinder(5.0, 5.0)), Travel((5.0, 2.0)))
    with pytest.raises(InvalidInput, match="cells"):
        solve.pinned_force(Levitation(MAGNET, BULK), Travel((5.0, 2.0)), cells=(60, 60))
    with pytest.raises(InvalidInput, match="layers"):
        thin = model.SuperconductingCylinder(5.0, 0.1, model.Pinning(1e8, kim_field=0.5))
        solve.pinned_magnetisation(thin, [0.0, 0.1], cells=(8, 1))
    with pytest.raises(InvalidInput, match="above the surface"):
        solve.pinned_force(Levitation(MAGNET, BULK), Travel((5.0, -2.0)))
    with pytest.raises(InvalidInput, match="upright"):
        slanted = model.CylinderMagnet(1.0, 1.0, 1.0, (1.0, 0.0, 1.0))
        solve.pinned_force(Levitation(slanted, BULK), Travel((5.0, 3.0)))
    with pytest.raises(InvalidInput, match="turning points"):
        solve.pinned_magnetisation(BULK, [0.0])
    with pytest.raises(InvalidInput, match="positive"):
        solve.pinned_magnetisation(BULK, [0.0, 1.0], rate=0.0)
    with pytest.raises(InvalidInput, match="rising"):
        solve.levitation_creep(Levitation(MAGNET, BULK), Travel((5.0, 3.0)), [2.0, 1.0])


def test_a_step_that_fails_says_so(monkeypatch):
    monkeypatch.setattr(engine, "ITERATIONS", 1)
    with pytest.raises(NotConverged):
        solve.pinned_magnetisation(BULK, [0.0, 1.0], cells=(6, 4), steps=2)
