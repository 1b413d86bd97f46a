"""One step of the time-dependent Ginzburg-Landau engine: growth, order, energy, gauge, threads."""

from dataclasses import replace

import numpy as np
import pytest

from onnes import model
from onnes.errors import InvalidInput
from onnes.response.condensate.flow import free_energy, loop_flux
from onnes.response.condensate.mesh import film_mesh
from onnes.solve.condensate.films import kernels
from onnes.solve.condensate.films.observe import dissipation
from onnes.solve.condensate.films.stepper import TDGL, Stepping

MATERIAL = model.GinzburgLandau(10.0, 30.0, resistivity=20.0)
TAU = MATERIAL.time
BC2 = MATERIAL.upper_critical_field


def engine(shape=None, field=0.0, material=MATERIAL, spacing=5.0, stepping=None, **film):
    film = model.Film(shape or model.rectangle(80, 60), 5.0, material, **film)
    setup = model.Setup(film, model.as_fields(field) if field != 0.0 else ())
    return TDGL(setup, film_mesh(film, spacing), stepping or Stepping())


def fixed(dt):
    return Stepping(fixed=dt * TAU)


def smooth(shape, seed=1):
    """A smooth random order parameter with vortices in it."""
    rng = np.random.default_rng(seed)
    y, x = (np.linspace(0, np.pi, n) for n in shape)
    psi = np.zeros(shape, complex)
    for a in range(4):
        for b in range(4):
            amplitude = rng.normal() + 1j * rng.normal()
            psi += amplitude * np.outer(np.cos(a * y), np.cos(b * x)) / (1 + a + b)
    return 0.6 * psi


def run(problem, psi, until):
    moment = problem.init(psi)
    while moment.time < until:
        moment = problem.step(moment, until)
    return moment


def energy(problem, moment):
    mesh = problem.mesh
    links = problem.drive.links(problem.drive.amplitudes(moment.time))
    weights = mesh.cell, mesh.face_x, mesh.face_y
    return free_energy(moment.order_parameter, links, weights, mesh.strength, mesh.loss, (mesh.hx, mesh.hy))


def test_small_psi_grows_at_the_linear_rate():
    """A cosine of wavevector k grows at (1 - k^2)/u, k^2 being that of the mesh."""
    problem = engine(model.rectangle(100, 60), stepping=fixed(0.05))
    mesh = problem.mesh
    mode = np.cos(2 * np.pi * (np.arange(mesh.shape[1]) + 0.5) / mesh.shape[1]) * np.ones(mesh.shape)
    moment = run(problem, 1e-6 * mode, 2.0)
    k2 = (2 * np.sin(np.pi / mesh.shape[1]) / mesh.hx) ** 2
    rate = np.log((moment.order_parameter * mode).sum().real / (1e-6 * (mode**2).sum())) / 2.0
    # second order in dt: rate^3 dt^2/6 < 2e-6; density 1e-12
    assert np.isclose(rate, (1 - k2) / MATERIAL.relaxation, rtol=1e-4)


@pytest.mark.parametrize("stages", [3, 4, 7, 12])
def test_legendre_stages_are_of_second_order_and_stable(stages):
    """On dy/dt = z y one step is exp(z) to third order, and does not grow down to -(s^2 + s - 2)/2."""

    def growth(z):
        weight, table = kernels.rkl2(stages)
        older, latest = 1.0, 1 + weight * z
        for c in table:
            older, latest = latest, c[0] * latest + c[1] * older + c[2] + c[3] * z * latest + c[4] * z
        return latest

    z = 1e-3
    assert abs(growth(z) - np.exp(z)) < 0.2 * z**3
    edge = (stages**2 + stages - 2) / 2
    assert max(abs(growth(-x)) for x in np.linspace(0, edge, 400)) <= 1 + 1e-12
    assert abs(growth(-1.3 * edge)) > 1


@pytest.mark.parametrize("field", [0.15 * BC2, model.oscillation(0.2 * BC2, 6 * TAU)])
def test_second_order_in_time(field):
    def at(dt):
        problem = engine(field=field, stepping=fixed(dt))
        return run(problem, smooth(problem.mesh.shape), 2.0).order_parameter

    best = at(1 / 320)
    errors = [np.abs(at(dt) - best).max() for dt in (1 / 20, 1 / 40, 1 / 80)]
    # the exponent 2 within the next orders at these steps, and within the error of the reference, 1/16 of the last
    assert np.log2(errors[0] / errors[1]) > 1.7 and np.log2(errors[1] / errors[2]) > 1.7


def test_error_follows_the_tolerance():
    """The error per unit time is what is controlled: the error at the end is proportional to the tolerance."""

    def at(tolerance):
        problem = engine(field=0.15 * BC2, stepping=Stepping(tolerance))
        moment = run(problem, smooth(problem.mesh.shape), 4.0)
        return moment.order_parameter, moment.count

    best, _ = at(1e-6)
    wrong = {tol: np.abs(at(tol)[0] - best).max() for tol in (1e-2, 1e-3, 1e-4)}
    for tolerance, error in wrong.items():
        assert error < tolerance * 4.0  # an error per unit time, over 4 tau_0
    assert wrong[1e-2] / wrong[1e-4] > 20
    assert at(1e-4)[1] > 1.8 * at(1e-2)[1]


@pytest.mark.parametrize("shape", [model.rectangle(80, 60), model.ring(50, 18)])
def test_energy_falls_by_the_heat(shape):
    """Without drive dF/dt = -dissipation, and F never grows."""
    dt = 0.01
    problem = engine(shape, field=0.1 * BC2, stepping=fixed(dt))
    moment = problem.init(np.where(problem.mesh.inside, smooth(problem.mesh.shape), 0))
    for _ in range(60):
        after = problem.step(moment)
        fall = energy(problem, moment) - energy(problem, after)
        heat = 0.5 * dt * (dissipation(problem, moment) + dissipation(problem, after))
        if moment.time > 0.2:  # the first fast modes, of rates above 1/dt, have gone
            # trapezium rule: dt^2 rate^2/12, with rates up to 10 that still matter: 8e-4
            assert abs(fall - heat) < 1e-3 * heat
        assert fall > 0
        moment = after


def test_gauge_invariance():
    """psi exp(i chi) with links shifted by the steps of chi has the same density, potential and flux."""
    problem, other = (engine(field=0.2 * BC2, stepping=fixed(0.1)) for _ in range(2))
    chi = np.random.default_rng(3).uniform(-3, 3, problem.mesh.shape)
    link_x, link_y = (v.copy() for v in other.drive.profiles[0])
    factor = other.drive.amplitudes(0.0)[0]
    link_x[:, :-1] += np.diff(chi, axis=1) / factor
    link_y[:-1] += np.diff(chi, axis=0) / factor
    other.drive.profiles[0] = (link_x, link_y)
    other.relaxation._links.clear()
    psi = smooth(problem.mesh.shape)
    one, two = problem.init(psi), other.init(psi * np.exp(1j * chi))
    for _ in range(20):
        one, two = problem.step(one), other.step(two)
    # 20 steps of a few stages, phases of up to 6 radians: some 1e2 roundings of 1e-16, and a growth of order ten
    assert np.abs(np.abs(one.order_parameter) - np.abs(two.order_parameter)).max() < 1e-12
    assert np.abs(one.order_parameter - two.order_parameter * np.exp(-1j * chi)).max() < 1e-12
    assert np.abs(one.potential - two.potential).max() < 1e-12
    assert np.isclose(energy(problem, one), energy(other, two), rtol=1e-12)
    flux = [loop_flux(*p.drive.links(p.drive.amplitudes(0.0)))[:-1, :-1] for p in (problem, other)]
    assert np.allclose(*flux, atol=1e-12)


def test_steady_state_is_the_same_for_any_step():
    """Where all forces vanish nothing moves, whatever the step."""
    quick = engine(model.disk(40), field=0.05 * BC2)
    moment = run(quick, np.ones(quick.mesh.shape, complex), 150.0)
    slow = engine(model.disk(40), field=0.05 * BC2, stepping=fixed(0.03))
    again = run(slow, moment.order_parameter, 1.0)
    # what is left of the slowest mode after 150 tau_0, rate ~ 2/(u sqrt(1 + gamma^2)) = 0.03
    assert np.abs(again.order_parameter - moment.order_parameter).max() < 2e-3
    assert np.abs(again.potential).max() < 1e-3


def test_maps_and_uniform_kernels_agree():
    """A film of constant maps takes the general kernel when one far cell differs by rounding."""
    uniform = engine(field=0.2 * BC2, stepping=fixed(0.1))
    mapped = engine(
        field=0.2 * BC2, stepping=fixed(0.1), strength=model.FunctionPattern(lambda x, y: 1 + 1e-15 * (x > 0))
    )
    assert uniform.relaxation._stage is kernels.stage_uniform
    assert mapped.relaxation._stage is kernels.stage_mapped
    psi = smooth(uniform.mesh.shape)
    one, two = run(uniform, psi, 2.0), run(mapped, psi, 2.0)
    assert np.abs(one.order_parameter - two.order_parameter).max() < 1e-12


def test_only_small_cut_cells_gain_mass():
    """Whole cells, at contacts too, keep their weight; no cut cell is stiffer than a quarter above them."""
    strip = model.rectangle(80, 60)
    ends = model.side(strip, "left"), model.side(strip, "right")
    whole = engine(strip, terminals=ends, extrapolation=5.0)
    assert np.array_equal(whole.mass, whole.mesh.cell)
    round_ = engine(model.ring(50, 18), extrapolation=5.0)
    mesh, gained = round_.mesh, round_.mass > round_.mesh.cell
    assert gained.any() and mesh.cell[gained].max() < 0.7
    diagonal = round_.relaxation.diagonal[1:-1, 1:-1]
    rate = (2 * diagonal - mesh.loss)[mesh.inside] / round_.mass[mesh.inside]
    assert rate.max() <= 1.25 * (4 / mesh.hx**2 + 4 / mesh.hy**2) * (1 + 1e-12)
    assert round_.mass.sum() < 1.03 * mesh.cell.sum()


def test_threads_do_not_change_a_bit(monkeypatch):
    def at(cells):
        monkeypatch.setattr("onnes.numerics.rows.MANY_CELLS", cells)
        problem = engine(model.disk(40), field=0.2 * BC2)
        assert (problem.relaxation._rows._pool is not None) == (cells == 1)
        return run(problem, np.where(problem.mesh.inside, smooth(problem.mesh.shape), 0), 1.0)

    one, two = at(10**9), at(1)
    assert np.array_equal(one.psi, two.psi) and one.count == two.count


def test_events_are_hit():
    schedule = model.Schedule((0.0, 0.1 * BC2, 0.1 * BC2, 0.0), (0.0, 1.7 * TAU, 2.9 * TAU, 3.3 * TAU))
    problem = engine(field=schedule)
    moment, seen = problem.init(np.ones(problem.mesh.shape)), []
    while moment.time < 4.0:
        moment = problem.step(moment, 4.0)
        seen.append(moment.time)
    assert all(min(abs(np.array(seen) - t)) < 1e-15 * 10 for t in (1.7, 2.9, 3.3, 4.0))


def test_moments_cannot_be_changed():
    problem = engine()
    moment = problem.init(np.ones(problem.mesh.shape))
    with pytest.raises(ValueError, match="read-only"):
        moment.psi[0, 1, 1] = 0.0
    again = [problem.step(moment) for _ in range(2)]
    assert np.array_equal(again[0].psi, again[1].psi)


@pytest.mark.parametrize("name", ["tolerance", "first", "largest", "fixed"])
def test_steps_must_be_positive(name):
    with pytest.raises(InvalidInput, match=name):
        replace(Stepping(), **{name: -1.0})


def test_bad_starts_are_refused():
    problem = engine()
    for psi in (np.ones((3, 3)), np.full(problem.mesh.shape, np.nan)):
        with pytest.raises(InvalidInput, match="to start from"):
            problem.init(psi)
    with pytest.raises(InvalidInput, match="resistivity"):
        engine(material=model.GinzburgLandau(10.0, 30.0))
