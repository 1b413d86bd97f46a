"""A film in the field of its own currents: limits, eddy currents, the London state, energy, stability."""

from dataclasses import replace

import numpy as np
import pytest

import onnes as on
from onnes import model
from onnes.errors import InvalidInput
from onnes.response.condensate.flow import free_energy
from onnes.response.condensate.induction import Induction, field_energy, sheet_currents
from onnes.response.condensate.mesh import film_mesh
from onnes.solve.condensate.films.observe import dissipation
from onnes.solve.condensate.films.record import Recording
from onnes.solve.condensate.films.self_field import Screening
from onnes.solve.condensate.films.stepper import TDGL, Stepping
from onnes.solve.condensate.films.time_dependent import tdgl

XI, THICK = 10.0, 4.0


def material(pearl, **more):
    """A material of which the film has the Pearl length ``pearl`` in coherence lengths."""
    options = {"resistivity": 20.0, "inelastic": 1.0} | more
    return model.GinzburgLandau(XI, np.sqrt(pearl * XI * THICK / 2), **options)


def film(pearl, shape=None, contacts=False, **more):
    shape = shape or model.rectangle(8 * XI, 6 * XI)
    ends = (model.side(shape, "left"), model.side(shape, "right")) if contacts else ()
    return model.Film(shape, THICK, material(pearl), terminals=ends, **more)


def screened(one, field=0.0, spacing=5.0, stepping=None, tolerance=None, **more):
    fields = model.as_fields(field) if field != 0.0 else ()
    setup = model.Setup(one, fields, screening=True, **more)
    return TDGL(setup, film_mesh(one, spacing), stepping, 0, Screening(tolerance))


def run(problem, moment, until):
    while moment.time < until:
        moment = problem.step(moment, until)
        assert moment.finite
    return moment


def test_long_pearl_length_is_no_screening():
    one = film(1e9)
    tau, bc2 = one.material.time, one.material.upper_critical_field
    options = {
        "until": 3 * tau,
        "field": model.oscillation(0.1 * bc2, 5 * tau, mean=0.1 * bc2, phase=-np.pi / 2),
        "stepping": Stepping(first=1e-4 * tau),
        "spacing": 5.0,
    }
    bare, own = tdgl(one, **options), tdgl(one, screening=True, **options)
    # the field of the currents is some L/(2 pi Lambda) = 1e-9 of the applied one; nothing happens in the first step,
    # where the two begin differently, and the steps are the same
    assert bare.report.iterations == own.report.iterations
    for name in ("order_parameter", "link_x", "film_free_energy"):
        assert np.abs(bare[name] - own[name]).max() < 1e-7
    assert np.abs(bare["electric_potential"] - own["electric_potential"]).max() < 1e-6 * one.material.voltage


def test_screening_does_not_hurry():
    """mean |psi|^2 soon after the start is that without screening where Lambda = 1e6 xi: psi goes once a step."""
    one = replace(film(1e6), strength=model.FunctionPattern(lambda x, y: np.where(x < 0, 1.0, 0.5)))
    tau, bc2 = one.material.time, one.material.upper_critical_field
    for until in (0.1, 0.5):
        found = [
            tdgl(one, until=until * tau, field=0.3 * bc2, screening=s, stepping=Stepping(1e-4))
            for s in (False, True)
        ]
        density = [(np.abs(s["order_parameter"]) ** 2).mean() for s in found]
        assert 1 - density[0] > 3e-3  # something happens
        # two runs with errors of 1e-4 per tau_0
        assert abs(density[0] - density[1]) < 2e-4 * until


def eddies(mesh, pearl):
    """Rates and currents of the eddies of a normal film, from dense matrices built face by face."""
    ny, nx = mesh.shape
    faces = np.stack([mesh.face_x, mesh.face_y])
    chosen = np.argwhere(faces > 0)
    size = len(chosen)
    gradient, inductance = np.zeros((size, ny * nx)), np.zeros((size, size))
    induction = Induction(mesh, pearl)
    for k, (axis, j, i) in enumerate(chosen):
        step = (mesh.hx, mesh.hy)[axis]
        ahead = (j, i + 1) if axis == 0 else (j + 1, i)
        gradient[k, j * nx + i] = -1 / step
        gradient[k, ahead[0] * nx + ahead[1]] = 1 / step
        sheet = np.zeros((2, ny, nx))
        sheet[axis, j, i] = 1.0
        phases = np.stack(induction.links(*sheet)) / np.array([mesh.hx, mesh.hy])[:, None, None]
        inductance[:, k] = phases[tuple(chosen.T)]
    weight = np.diag(faces[tuple(chosen.T)])
    inverse = np.linalg.pinv(gradient.T @ weight @ gradient)
    free = weight - weight @ gradient @ inverse @ gradient.T @ weight
    # K = -free dA/dt, A = inductance K: exp(-s t) with 1/s an eigenvalue of their product
    times, vectors = np.linalg.eig(free @ inductance)
    order = np.argsort(-times.real)
    shapes = []
    for k in order[:2]:
        sheet = np.zeros((2, ny, nx))
        sheet[tuple(chosen.T)] = vectors[:, k].real
        shapes.append(sheet / np.abs(sheet).max())
    return 1 / times.real[order], shapes


@pytest.mark.parametrize(("pearl", "shape"), [(5.0, None), (300.0, model.disk(40)), (0.05, None)])
def test_eddy_currents_decay_at_the_rates_of_the_induction(pearl, shape):
    one = film(pearl, shape, strength=-1.0)
    problem = screened(one, spacing=10.0)
    rates, shapes = eddies(problem.mesh, pearl)
    assert rates[0] > 0
    until = 1.5 / rates[0]
    start = shapes[0] + 0.3 * shapes[1]
    wanted = [np.exp(-r * until) * s for r, s in zip(rates, (shapes[0], 0.3 * shapes[1]), strict=False)]
    problem.largest = until / 100
    moment = run(problem, problem.init(np.zeros(problem.mesh.shape), start), until)
    # second order: (rate dt)^2 rate t/3 = 1e-4 of the first, and some of what Euler's first step leaves, 1e-4 rate
    assert np.abs(moment.sheet[0, 0] - sum(wanted)).max() < 1e-3
    decay = (moment.sheet[0, 0] * shapes[0]).sum() / (start * shapes[0]).sum()
    assert np.isclose(-np.log(decay) / until, rates[0], rtol=1e-3)
    # the potential only keeps charge together: no current has sources
    flow = moment.sheet[0, 0]
    sources = problem.self_field._divergence(flow)
    assert np.abs(sources).max() < 1e-12


def test_steps_follow_the_tolerance():
    one = film(20.0, strength=-1.0)

    def at(tolerance):
        problem = screened(one, field, 10.0, Stepping(tolerance))
        return run(problem, problem.init(np.zeros(problem.mesh.shape)), 6.0)

    field = model.oscillation(0.5, 20 * one.material.time)
    ends = {t: at(t) for t in (1e-2, 1e-3, 1e-5)}
    wrong = [np.abs(ends[t].sheet[0, 1] - ends[1e-5].sheet[0, 1]).max() for t in (1e-2, 1e-3)]
    # errors of link phases per tau_0, over six
    assert wrong[0] < 6e-2 and wrong[1] < 6e-3 and ends[1e-3].count > ends[1e-2].count


def test_weak_field_leads_to_the_london_state():
    """A film with a hole comes to rest with the currents of the London equation."""
    shape = model.rectangle(200.0, 150.0).minus(model.disk(35.0, (15.0, 10.0)))
    one = model.Film(shape, THICK, material(8.0, inelastic=0.0))
    state = tdgl(one, until=120 * one.material.time, field=1e-4, screening=True, spacing=10.0)
    london = on.solve.london(one, field=1e-4, fluxoids=(0,), spacing=10.0)
    mesh = film_mesh(one, 10.0)
    unit = 1e3 * one.sheet_current
    found = sheet_currents(mesh, state["order_parameter"], state["link_x"], state["link_y"])
    largest = np.abs(london["sheet_current_x"]).max()
    for k, name in zip(found, ("sheet_current_x", "sheet_current_y"), strict=True):
        assert np.abs(k * unit - london[name]).max() < 0.01 * largest
    bare = tdgl(one, until=60 * one.material.time, field=1e-4, spacing=10.0)
    without = sheet_currents(mesh, bare["order_parameter"], bare["link_x"], bare["link_y"])
    assert np.abs(without[0]).max() * unit > 1.2 * largest  # screening matters


@pytest.mark.parametrize("pearl", [0.05, 10.0])
def test_rest_agrees_with_the_links_of_its_own_psi(pearl):
    one = film(pearl)
    bc2 = one.material.upper_critical_field
    state = tdgl(
        one,
        until=60 * one.material.time,
        field=model.ramp(0, 0.05 * bc2, 5 * one.material.time),
        screening=True,
    )
    assert state.report.converged and all(c.passed for c in state.report.checks)
    mesh = film_mesh(one)
    problem = screened(one, 0.05 * bc2, None)
    applied = problem.drive.links(problem.drive.amplitudes(0.0))
    found = on.solve.screened_links(Induction(mesh, pearl), state["order_parameter"], applied)
    # the normal currents of the rest of the relaxation, and tolerances of 1e-4 per step
    scale = np.abs(state["link_x"] - applied[0]).max()
    assert np.abs(found.link_x - state["link_x"]).max() < 5e-3 * scale
    assert np.abs(found.link_y - state["link_y"]).max() < 5e-3 * scale


@pytest.mark.parametrize("driven", [False, True])
def test_energy_of_film_and_field_falls_by_the_heat(driven):
    """d(F + W)/dt = -heat + work of the applied field, -2 sum K dtheta_applied/dt, and of the contacts, 2 sum V I."""
    dt = 0.01
    one = film(10.0, contacts=driven)
    bc2, tau = one.material.upper_critical_field, one.material.time
    field = model.oscillation(0.15 * bc2, 8 * tau, mean=0.1 * bc2) if driven else 0.15 * bc2
    current = 0.1 * one.sheet_current * 6 * XI
    more = {"currents": (model.steady(current), model.steady(-current))} if driven else {}
    problem = screened(one, field, 5.0, Stepping(fixed=dt * tau), 1e-6, **more)
    mesh = problem.mesh
    induction = Induction(mesh, 10.0)

    def energy(moment):
        weights = mesh.cell, mesh.face_x, mesh.face_y
        links = problem.links(moment)
        film_part = free_energy(
            moment.order_parameter, links, weights, mesh.strength, mesh.loss, (mesh.hx, mesh.hy)
        )
        sheet = moment.sheet[0, 0]
        assert np.allclose(moment.sheet[0, 1], induction.links(*sheet), atol=1e-13)
        assert np.isclose(
            problem.self_field.energy(moment.sheet[0]), field_energy(mesh, sheet, induction.links(*sheet))
        )
        return film_part + field_energy(mesh, sheet, induction.links(*sheet))

    def power(moment):
        sheet, rates = moment.sheet[0, 0], problem.drive.links(problem.drive.rates(moment.time))
        work = -2 * (mesh.hy * sheet[0] * rates[0]).sum() - 2 * (mesh.hx * sheet[1] * rates[1]).sum()
        potential, currents = problem.drive.potential(moment.potential, moment.time)
        work += 2 * (problem.drive.wall_potentials(potential, currents) * currents).sum()
        return work - dissipation(problem, moment)

    moment = run(problem, problem.init(), 1.0)
    gained, heat = 0.0, 0.0
    begin = energy(moment)
    for _ in range(100):
        after = problem.step(moment)
        gained += 0.5 * dt * (power(moment) + power(after))
        heat += 0.5 * dt * (dissipation(problem, moment) + dissipation(problem, after))
        moment = after
    # second order: (rate dt)^2/12 with rates up to 10
    assert abs(energy(moment) - begin - gained) < 2e-3 * heat
    assert heat > 0.01


def test_voltage_drives_a_normal_film_through_its_inductance():
    """The current begins at none and comes to V/R."""
    one = film(0.5, contacts=True, strength=-1.0)
    tau = one.material.time
    state = tdgl(one, until=200 * tau, voltage=0.1, screening=True, recording=Recording(sample=2 * tau))
    current = state["terminal_current"][:, 0]
    plain = tdgl(one, until=tau, voltage=0.1)["terminal_current"][-1, 0]
    assert (
        abs(current[0]) < 1e-12 * plain
        and current[1] < 0.5 * plain
        and (np.diff(current) > -1e-3 * plain).all()
    )
    # the slowest eddy, some Lambda pi/L = 0.2 per tau_0
    assert np.isclose(current[-1], plain, rtol=1e-3)
    assert np.allclose(np.diff(state["terminal_voltage"][1:], axis=1), -0.1, rtol=1e-6)


def test_warm_start_takes_the_current_along():
    one = film(2.0)
    tau, bc2 = one.material.time, one.material.upper_critical_field
    options = {"field": 0.1 * bc2, "screening": True}
    whole = tdgl(one, until=8 * tau, **options)
    half = tdgl(one, until=4 * tau, **options)
    rest = tdgl(one, until=4 * tau, start=half, **options)
    # two runs with errors of 1e-3 per tau_0
    assert np.abs(whole["link_x"] - rest["link_x"]).max() < 4e-3
    applied = tdgl(one, until=tau, field=0.1 * bc2)["link_x"]
    assert np.abs(half["link_x"] - applied).max() > 2e-2  # a start without current would differ by this


def test_bad_input_is_named():
    with pytest.raises(InvalidInput, match="tolerance"):
        Screening(0.0)
    with pytest.raises(InvalidInput, match="right to"):
        tdgl(film(2.0), until=1.0, screening=Screening(1e-2))
    one = film(2.0)
    with pytest.raises(InvalidInput, match="beside"):
        tdgl(model.Setup(one), until=1.0, screening=True)
    state = tdgl(model.Setup(one, screening=True), until=0.1, screening=Screening(1e-5))
    assert state.model.screening and "film_field_energy" in state
