"""Films that repeat: flux quanta, the lattice of vortices, magnetic translations, currents and forces around."""

from dataclasses import replace

import numpy as np
import pytest

import onnes as on
from onnes import model
from onnes.errors import InvalidInput, InvalidModel
from onnes.response.condensate.flow import free_energy, winding
from onnes.response.condensate.mesh import film_mesh, link_phases
from onnes.solve.condensate.films.observe import dissipation, sample
from onnes.solve.condensate.films.stepper import TDGL, Stepping
from onnes.solve.condensate.films.time_dependent import tdgl

XI = 10.0
MATERIAL = model.GinzburgLandau(XI, 200.0, resistivity=20.0, relaxation=3.0, inelastic=2.0)
TAU, BC2 = MATERIAL.time, MATERIAL.upper_critical_field


def film(width=100.0, height=80.0, periodic=(True, True), **more):
    shape = more.pop("shape", None) or model.rectangle(width, height)
    return model.Film(shape, 4.0, more.pop("material", MATERIAL), periodic=periodic, **more)


def vortices(state):
    return winding(state["order_parameter"], state["link_x"], state["link_y"])


@pytest.mark.parametrize("quanta", [1, -3, 6])
def test_flux_quanta_are_the_vortices(quanta):
    one = film()
    state = tdgl(one, until=60 * TAU, field=one.induction(quanta), start="seeded", spacing=4.0, seed=2)
    found = vortices(state)
    assert found.sum() == quanta and np.abs(found).sum() == abs(quanta)
    assert all(check.passed for check in state.report.checks)


def lattice_cell(quanta=2, b=0.5, **more):
    """A cell of the triangular lattice with two vortices, sides in the ratio root 3."""
    width = np.sqrt(2 * np.pi * quanta / b * XI**2 / np.sqrt(3))
    return film(width, width * np.sqrt(3), **more)


def test_cell_at_rest_is_the_abrikosov_lattice():
    one = lattice_cell()
    field = one.induction(2)
    lattice = on.solve.vortex_lattice(MATERIAL, field, screening=False)
    wanted = float(lattice["lattice_energy"]) / MATERIAL.condensation_density
    wanted -= MATERIAL.kappa**2 * (field / BC2) ** 2  # the energy of the field
    stepping = Stepping(largest=5 * TAU)
    found = [
        tdgl(one, until=1200 * TAU, field=field, start="seeded", seed=3, spacing=h, stepping=stepping)
        for h in (3.5, 1.75)
    ]
    coarse, fine = (s["film_free_energy"][-1] for s in found)
    # second order in the mesh, 1.6 % on 11 x 19 cells; the fourth is about the square of it, a sixteenth of that left
    assert np.isclose(fine + (fine - coarse) / 3, wanted, rtol=1e-4)
    assert abs(coarse - wanted) < 0.03 * abs(wanted)


def test_magnetic_translation_moves_the_state():
    """A shift by 1/n of the cell along x, with the phase that belongs to it, changes nothing but the place."""
    one, n, shift = film(96.0, 72.0), 3, 8
    mesh = film_mesh(one, 4.0, repeats=True)
    ny, nx = mesh.shape
    assert nx == shift * n
    rng = np.random.default_rng(5)
    first = rng.normal(size=(ny, nx)) + 1j * rng.normal(size=(ny, nx))
    i, j = np.meshgrid(np.arange(nx), np.arange(ny))
    turn = 2 * np.pi * n * (shift * j / (nx * ny) - np.where(i < shift, j / ny, 0.0))
    # A_y = B x there is B shift more than where it came from
    moved = np.roll(first, shift, 1) * np.exp(1j * turn)
    setup = model.Setup(one, model.as_fields(one.induction(n)))
    ends = []
    for psi in (first, moved):
        problem = TDGL(setup, mesh, Stepping(fixed=0.02 * TAU))
        moment = problem.init(psi)
        for _ in range(40):
            moment = problem.step(moment)
        ends.append((np.abs(moment.order_parameter), moment.potential))
    # rounding, grown by what noise of all wavelengths still does in 0.8 tau_0
    for one_end, other in zip(*ends, strict=True):
        assert np.abs(np.roll(one_end, shift, 1) - other).max() < 1e-11
    assert np.abs(ends[0][0] - ends[1][0]).max() > 0.1


@pytest.mark.parametrize("axis", [0, 1])
def test_strip_without_ends_is_the_same_everywhere(axis):
    """Along the one axis on which it repeats any shift is a symmetry, and the axes are alike."""
    sides = (100.0, 60.0) if axis == 0 else (60.0, 100.0)
    one = film(*sides, periodic=(axis == 0, axis == 1))
    mesh = film_mesh(one, 4.0, repeats=True)
    rng = np.random.default_rng(1)
    first = rng.normal(size=(15, 25)) + 1j * rng.normal(size=(15, 25))
    # along y the picture is turned by a right angle: (x, y) -> (-y, x)
    first = first if axis == 0 else np.rot90(first, -1)
    ends = []
    for shift in (0, 7):
        problem = TDGL(model.Setup(one, model.as_fields(0.3 * BC2)), mesh, Stepping(fixed=0.05 * TAU))
        moment = problem.init(np.roll(first, shift, 1 - axis))
        for _ in range(40):
            moment = problem.step(moment)
        ends.append(moment.order_parameter)
    assert np.abs(np.roll(ends[0], 7, 1 - axis) - ends[1]).max() < 1e-12
    other = film(100.0, 60.0, periodic=(True, False))
    problem = TDGL(
        model.Setup(other, model.as_fields(0.3 * BC2)),
        film_mesh(other, 4.0, repeats=True),
        Stepping(fixed=0.05 * TAU),
    )
    moment = problem.init(first if axis == 0 else np.rot90(first))
    for _ in range(40):
        moment = problem.step(moment)
    same = moment.order_parameter if axis == 0 else np.rot90(moment.order_parameter, -1)
    assert np.abs(same - ends[0]).max() < 1e-12


def test_wide_strip_between_contacts_is_the_narrow_one():
    """Without a field nothing varies across a strip: edges that repeat and edges that end are the same."""
    shape = model.rectangle(120.0, 40.0)
    ends = model.side(shape, "left"), model.side(shape, "right")
    current = 0.2 * film().sheet_current * 40.0
    options = {"until": 10 * TAU, "current": {"left": current, "right": -current}, "spacing": 4.0}
    found = [
        tdgl(film(shape=shape, terminals=ends, periodic=(False, wide)), **options) for wide in (False, True)
    ]
    assert np.abs(found[0]["order_parameter"] - found[1]["order_parameter"]).max() < 1e-10
    assert np.isclose(*(s["terminal_voltage"][-1, 0] for s in found), rtol=1e-9)


def test_flux_through_the_ring_drives_a_current():
    """psi = f exp(i k x) with k = -2 pi N/L: f^2 and the current follow from k, on the mesh exactly; N = 1 is N = 0."""
    one = film(100.0, 20.0, periodic=(True, False))
    flux = model.Threading(100.0)
    state = tdgl(one, until=60 * TAU, field=model.Field(flux, model.steady(0.6)), spacing=5.0)
    step, theta = 0.5, 2 * np.pi * 0.6 / 20
    density = 1 - (2 - 2 * np.cos(theta)) / step**2
    unit = one.sheet_current * 20.0
    assert np.allclose(np.abs(state["order_parameter"]) ** 2, density, atol=1e-6)
    assert np.isclose(state["circulating_current"][-1, 0], -density * np.sin(theta) / step * unit, rtol=1e-5)
    assert (
        np.isclose(state["threading_flux"][-1, 0], 0.6) and abs(state["circulating_voltage"][-1, 0]) < 1e-12
    )
    whole = tdgl(one, until=TAU, field=model.Field(flux, model.steady(1.0)), spacing=5.0, start="normal")
    wave = np.exp(2j * np.pi * (whole["film_x"] / 100.0)) * np.ones((4, 1))
    problem = TDGL(
        model.Setup(one, (model.Field(flux, model.steady(1.0)),)), film_mesh(one, 5.0, repeats=True)
    )
    moment = problem.step(problem.init(wave))
    # one quantum and one winding are no current at all
    assert np.abs(sample(problem, moment)["circulating_current"]).max() < 1e-12 * unit
    assert np.allclose(np.abs(moment.order_parameter), 1.0, atol=1e-12)


def test_ohms_law_around():
    """A normal ring: U = R I with R = rho L/(w d), whether the flux grows or the current is given."""
    one = film(80.0, 60.0, periodic=(True, False), strength=-1.0)
    resistance = 20e-8 * 80e-9 / (60e-9 * 4e-9) * 1e-3  # mV/uA
    given = tdgl(one, until=TAU, circulating={"x": 2.0}, start="normal", spacing=5.0)
    assert np.isclose(given["circulating_voltage"][-1, 0], 2.0 * resistance, rtol=1e-12)
    assert np.isclose(given["film_dissipation"][-1], 4.0 * resistance, rtol=1e-12)
    # Phi_0/ps = 2.0678 mV, against the growing flux
    rate = -2.0 * resistance / 2.067833848
    grows = model.Field(model.Threading(80.0), model.ramp(0.0, 10 * rate, 10.0))
    driven = tdgl(one, until=TAU, field=grows, start="normal", spacing=5.0)
    assert np.isclose(driven["circulating_current"][-1, 0], 2.0, rtol=1e-9)
    # two different halves in series
    half = replace(one, diffusion=model.FunctionPattern(lambda x, y: np.where(x < 0, 1.0, 0.25)))
    series = tdgl(half, until=TAU, circulating={"x": 2.0}, start="normal", spacing=5.0)
    assert np.isclose(series["circulating_voltage"][-1, 0], 2.0 * resistance * (0.5 + 0.5 * 4), rtol=1e-9)


def test_supercurrent_flows_around_without_force():
    one = film(80.0, 20.0, periodic=(True, False))
    given = 0.2 * one.sheet_current * 20.0
    state = tdgl(one, until=150 * TAU, circulating={"x": given}, spacing=5.0)
    theta = -state["link_x"][0, 0]  # psi stayed real
    density = 1 - (2 - 2 * np.cos(theta)) / 0.25
    assert np.isclose(state["circulating_current"][-1, 0], given, rtol=1e-12)
    assert np.isclose(density * np.sin(theta) / 0.5, 0.2, rtol=1e-5)
    assert abs(state["circulating_voltage"][-1, 0]) < 1e-6 * MATERIAL.voltage


@pytest.mark.slow
def test_moving_lattice_has_the_resistivity_of_slow_drift():
    """E = rho_f J of a small current around both ways, against the linear response of the spectral lattice."""
    one = lattice_cell()
    field, small = one.induction(2), 1e-3
    width, height = (b - a for a, b in zip(one.shape.bounds[:2], one.shape.bounds[2:], strict=True))
    wanted = on.solve.flux_flow_resistivity(MATERIAL, field)
    current = small * one.sheet_current * height
    found = []
    for spacing in (3.5, 1.75):
        rest = tdgl(
            one,
            until=1200 * TAU,
            field=field,
            start="seeded",
            seed=3,
            spacing=spacing,
            stepping=Stepping(largest=5 * TAU),
        )
        state = tdgl(
            one,
            until=800 * TAU,
            field=field,
            start=rest,
            circulating={"x": current, "y": 0.0},
            spacing=spacing,
        )
        quanta, time = state["threading_flux"], state["sample_time"]
        # the mean over the second half; Phi_0/ps in mV
        force = -2.067833848 * (quanta[-1, 0] - quanta[50, 0]) / (time[-1] - time[50])
        normal = current * 20e-8 * width / (height * 4e-9) * 1e-3
        found.append(force / normal)
        assert np.abs(state["circulating_current"][-1] - [current, 0.0]).max() < 1e-10
    best = found[1] + (found[1] - found[0]) / 3
    assert np.isclose(best, wanted, rtol=0.01)


def test_energy_falls_by_the_heat_and_grows_by_the_work():
    """dF/dt = 2 sum U I - heat, in a film that varies and repeats both ways, with currents around along both."""
    one = film(
        strength=model.FunctionPattern(lambda x, y: 1 + 0.3 * np.sin(2 * np.pi * x / 100)),
        diffusion=model.FunctionPattern(
            lambda x, y: 1 + 0.3 * np.cos(2 * np.pi * x / 100) * np.sin(2 * np.pi * y / 80)
        ),
    )
    unit = one.sheet_current
    around = model.ramp(0.0, 0.3 * unit * 80, 2 * TAU), model.steady(0.1 * unit * 100)
    setup = model.Setup(one, model.as_fields(one.induction(3)), circulating=around)
    mesh = film_mesh(one, 5.0, repeats=True)
    rng = np.random.default_rng(1)
    first = rng.normal(size=mesh.shape) + 1j * rng.normal(size=mesh.shape)

    def missed(dt):
        problem = TDGL(setup, mesh, Stepping(fixed=dt * TAU))

        def energy(moment):
            weights = mesh.cell, mesh.face_x, mesh.face_y
            return free_energy(
                moment.order_parameter,
                problem.links(moment),
                weights,
                mesh.strength,
                mesh.loss,
                (mesh.hx, mesh.hy),
            )

        def power(moment):
            seen = sample(problem, moment)
            work = seen["circulating_voltage"] / MATERIAL.voltage * seen["circulating_current"]
            return 2 * work.sum() / problem.drive.unit_current - dissipation(problem, moment)

        moment = problem.init(first)
        while moment.time < 1 - 1e-9:
            moment = problem.step(moment)
        begin, gained = energy(moment), 0.0
        while moment.time < 2 - 1e-9:
            after = problem.step(moment)
            gained += 0.5 * dt * (power(moment) + power(after))
            moment = after
        return energy(moment) - begin - gained, gained

    (coarse, _), (fine, gained) = missed(0.04), missed(0.02)
    assert 3.5 < coarse / fine < 4.5  # second order
    assert abs(fine) < 1e-3 * abs(gained)


def test_fields_that_repeat():
    """Every loop has its flux, the closing one less by all quanta; patterns of mean zero need no quanta."""
    one = film()
    mesh = film_mesh(one, 4.0, repeats=True)
    wave = model.FluxPattern(
        model.FunctionPattern(
            lambda x, y: 0.1 * BC2 * (1 + np.cos(2 * np.pi * x / 100) * np.sin(2 * np.pi * y / 80))
        )
    )
    links = link_phases(mesh, wave)
    from onnes.response.condensate.flow import loop_flux

    x, y = np.meshgrid(mesh.x + 2.0, mesh.y + 2.0)
    wanted = wave.flux_density(x, y) / BC2 * mesh.hx * mesh.hy
    missing = wanted.copy()
    missing[-1, -1] -= wanted.sum()
    assert np.abs(loop_flux(*links) - missing).max() < 1e-12
    for axis, periodic in enumerate([(True, False), (False, True)]):
        part = film_mesh(film(periodic=periodic), 4.0, repeats=True)
        flux, keep = (
            loop_flux(*link_phases(part, wave)),
            (slice(-1), slice(None)) if axis == 0 else (slice(None), slice(-1)),
        )
        assert np.abs(flux - wanted)[keep].max() < 1e-12


def test_holes_within_a_period():
    """A hole in a periodic film with one vortex holds it."""
    shape = model.rectangle(80.0, 80.0).minus(model.disk(15.0, (10.0, -5.0)))
    one = film(shape=shape)
    state = tdgl(one, until=100 * TAU, field=one.induction(1), start="seeded", spacing=4.0, seed=1)
    x, y = np.meshgrid(state["film_x"] + 2.0, state["film_y"] + 2.0)
    outside = np.hypot(x - 10, y + 5) > 20
    assert (vortices(state)[outside] == 0).all()
    assert np.abs(state["order_parameter"]).min(where=state["cell_weight"] > 0, initial=1.0) > 0.5


def test_bad_input_is_named():
    with pytest.raises(InvalidModel, match="upright rectangle"):
        film(shape=model.disk(40.0))
    shape = model.rectangle(100.0, 80.0)
    with pytest.raises(InvalidModel, match="where the film repeats"):
        film(shape=shape, terminals=(model.side(shape, "left"), model.side(shape, "right")))
    one = film()
    with pytest.raises(InvalidInput, match=r"whole number .*Film.induction\(3\)"):
        tdgl(one, until=1.0, field=1.01 * one.induction(3))
    with pytest.raises(InvalidInput, match="whole number"):
        tdgl(one, until=1.0, field=model.oscillation(0.01, 1.0))
    with pytest.raises(InvalidInput, match="Magnet over a film that repeats"):
        tdgl(one, until=1.0, field=model.Field(model.Magnet((0, 0, 1e-18), (0, 0, 50.0))))
    with pytest.raises(InvalidInput, match="period of 90 nm"):
        tdgl(one, until=1.0, field=model.Field(model.Threading(90.0)))
    with pytest.raises(InvalidModel, match=r"Threading\.axis"):
        model.Threading(90.0, "z")
    with pytest.raises(InvalidModel, match=r"Threading\.length"):
        model.Threading(0.0)
    with pytest.raises(InvalidModel, match=r"Film\.periodic"):
        film(periodic=(True,))
    with pytest.raises(InvalidInput, match="screening in a periodic film"):
        tdgl(one, until=1.0, screening=True)
    with pytest.raises(InvalidInput, match="around along 'z'"):
        tdgl(one, until=1.0, circulating={"z": 1.0})
    with pytest.raises(InvalidModel, match=r"Setup\.circulating"):
        tdgl(film(periodic=(True, False)), until=1.0, circulating={"y": 1.0})
    with pytest.raises(InvalidInput, match="noise with a given current around"):
        tdgl(one, until=1.0, circulating={"x": 1.0}, noise=4.0, stepping=Stepping(fixed=0.1))
    with pytest.raises(InvalidInput, match="needs one with edges"):
        on.solve.energy(one)
    ends = model.side(shape, "left"), model.side(shape, "right")
    with pytest.raises(InvalidInput, match="voltage beside a current around"):
        tdgl(
            film(shape=shape, terminals=ends, periodic=(False, True)),
            until=1.0,
            voltage=0.1,
            circulating={"y": 1.0},
        )


def test_vortices_are_found_across_the_seams():
    """Every quantum is a vortex within the period, also one that sits on a seam; there is no edge to be near to."""
    one = film()
    state = tdgl(one, until=60 * TAU, field=one.induction(4), start="seeded", spacing=4.0, seed=2)
    found = on.probe.vortices(state)
    assert int(found["total_winding"]) == 4 and found["vortex_winding"].values.sum() == 4
    assert np.all(np.abs(found["vortex_x"]) <= 50.0 + 1e-9) and np.all(
        np.abs(found["vortex_y"]) <= 40.0 + 1e-9
    )
    assert np.all(np.isinf(found["vortex_edge_distance"]))
    strip = film(periodic=(True, False))
    rest = tdgl(strip, until=60 * TAU, field=strip.induction(6), start="seeded", spacing=4.0, seed=2)
    across = on.probe.vortices(rest)
    x, y = across["vortex_x"].values, across["vortex_y"].values
    assert len(x) and np.allclose(across["vortex_edge_distance"], 40.0 - np.abs(y))
