"""Superconducting contacts: no loss, the Josephson relation, junctions, energy; edges that hold pairs."""

import numpy as np
import pytest

from onnes import model, solve
from onnes.errors import InvalidInput, InvalidModel
from onnes.response.condensate.flow import supercurrent
from onnes.response.condensate.mesh import film_mesh
from onnes.solve.condensate.films.observe import dissipation, sample
from onnes.solve.condensate.films.record import Recording
from onnes.solve.condensate.films.stepper import TDGL, Stepping
from onnes.solve.condensate.films.time_dependent import tdgl

XI = 10.0
MATERIAL = model.GinzburgLandau(XI, 200.0, resistivity=20.0, relaxation=3.0, inelastic=2.0)
TAU, BC2 = MATERIAL.time, MATERIAL.upper_critical_field
GOOD, NORMAL = "superconducting", "normal"


def strip(length=100.0, width=40.0, kinds=(GOOD, GOOD), **more):
    shape = model.rectangle(length, width)
    ends = tuple(
        model.side(shape, where, kind=kind) for where, kind in zip(("left", "right"), kinds, strict=True)
    )
    return model.Film(shape, 4.0, MATERIAL, terminals=ends, **more)


def through(one, share, width=40.0):
    """Currents of a share of the unit J_0 times the cross-section."""
    current = share * one.sheet_current * width
    return {"left": current, "right": -current}


@pytest.mark.parametrize("kinds", [(GOOD, GOOD), (GOOD, NORMAL), (NORMAL, GOOD), (NORMAL, NORMAL)])
def test_normal_strip_obeys_ohm_between_contacts_of_any_kind(kinds):
    """Without pairs a contact is a contact: R = rho L/(w d), by a current and by a voltage."""
    one = strip(kinds=kinds, strength=-1.0)
    resistance = 20e-8 * 100e-9 / (40e-9 * 4e-9) * 1e-3  # mV/uA
    given = tdgl(one, until=TAU, current={"left": 2.0, "right": -2.0}, spacing=5.0)
    volts = given["terminal_voltage"][-1]
    assert np.isclose(volts[0] - volts[1], 2.0 * resistance, rtol=1e-6)
    assert np.isclose(given["film_dissipation"][-1], 4.0 * resistance, rtol=1e-6)
    held = tdgl(one, until=TAU, voltage=0.3, spacing=5.0)
    assert np.allclose(held["terminal_current"][-1], [0.3 / resistance, -0.3 / resistance], rtol=1e-6)
    assert np.isclose(np.ptp(held["terminal_voltage"][-1]), 0.3, rtol=1e-9)


def test_below_the_critical_current_nothing_is_lost():
    one = strip()
    # the potential turns the phases at rates of about one: steps well below leave no ripple
    calm = Stepping(largest=0.4 * TAU)
    state = tdgl(one, until=150 * TAU, current=through(one, 0.3), spacing=5.0, stepping=calm)
    assert abs(np.ptp(state["terminal_voltage"][-1])) < 1e-5 * MATERIAL.voltage
    assert all(check.passed for check in state.report.checks)
    # the middle is the uniform state of this current, found on the same mesh
    psi, theta = state["order_parameter"], np.linspace(0, 0.2, 200001)
    flow = (1 - (2 - 2 * np.cos(theta)) / 0.25) * np.sin(theta) / 0.5
    wanted = 1 - (2 - 2 * np.cos(np.interp(0.3, flow, theta))) / 0.25
    # ten steps from the contacts, whose |psi| = 1 heals over some xi/sqrt 2
    assert np.isclose(np.abs(psi[4, 10]) ** 2, wanted, atol=2e-3)
    assert np.abs(psi[4, 0]) ** 2 > wanted + 0.05
    lossy = strip(kinds=(NORMAL, NORMAL))
    metal = tdgl(lossy, until=100 * TAU, current=through(lossy, 0.3), spacing=5.0)
    assert np.ptp(metal["terminal_voltage"][-1]) > 0.5 * MATERIAL.voltage  # what the contacts cost otherwise


def test_above_it_the_phases_slip_at_the_josephson_rate():
    """The phase difference of the banks turns by 2 pi for each slip: the mean voltage is its rate times Phi_0/2 pi."""
    one = strip(60.0, 20.0)
    record = Recording(sample=0.05 * TAU)
    first = tdgl(one, until=40 * TAU, current=through(one, 0.5, 20.0), spacing=5.0)
    state = tdgl(
        one, until=20 * TAU, current=through(one, 0.5, 20.0), spacing=5.0, start=first, recording=record
    )
    turned = np.diff(state["contact_phase"] - first["contact_phase"])[0]
    volts = state["mean_terminal_voltage"][1:]
    mean = (volts[:, 0] - volts[:, 1]).mean()
    # hbar dphi/dt = -2e V: V_0 tau_0 = Phi_0/2 pi
    assert np.isclose(turned * TAU * MATERIAL.voltage / (20 * TAU), mean, rtol=1e-3)
    assert mean > 0.1 * MATERIAL.voltage


def junction(length):
    """A strip with a normal part of ``length`` nm, strength -1, in its middle."""
    pattern = model.FunctionPattern(lambda x, y: np.where(np.abs(x) < length / 2, -1.0, 1.0))
    return strip(160.0, 20.0, strength=pattern)


def settled(one, phase):
    """Current through a film whose contacts keep a phase difference: no voltage."""
    setup = model.Setup(one, voltage=model.steady(0.0))
    problem = TDGL(setup, film_mesh(one, 2.5), Stepping(1e-5, largest=0.4 * TAU))
    moment = problem.init(phases=np.array([phase, 0.0]))
    while moment.time < 150:
        moment = problem.step(moment, 150.0)
    assert np.isclose(-np.diff(moment.outside[0])[0], phase, atol=1e-9)  # it does not turn
    return sample(problem, moment)["terminal_current"][0] / problem.drive.unit_current, moment


def test_pairs_cross_a_normal_part_and_fade_over_its_length():
    """I = I_c sin phi with I_c as 1/sinh(kappa L), where cosh(kappa h) = 1 + h^2/2 on the mesh (eps = -1)."""
    (short, _), (long, moment) = settled(junction(60.0), np.pi / 2), settled(junction(80.0), np.pi / 2)
    kappa = np.arccosh(1 + 0.25**2 / 2) / 0.25
    # |psi|^2 within the normal part, 0.2 at its ends, makes them look longer by some per cent
    assert np.isclose(short / long, np.sinh(8 * kappa) / np.sinh(6 * kappa), rtol=0.03)
    half, _ = settled(junction(80.0), np.pi / 6)
    assert np.isclose(half / long, 0.5, rtol=1e-2)
    zero, _ = settled(junction(80.0), 0.0)
    assert abs(zero) < 1e-9 * abs(long)
    # pairs alone carry it: the same supercurrent through every cross-section
    psi, hx = moment.order_parameter, 0.25
    flow = supercurrent(psi, np.zeros(psi.shape), -1)[:, :-1].mean(0) / hx * 2.0
    assert np.allclose(flow, long, rtol=1e-2)


def test_energy_falls_by_the_heat_and_grows_by_the_work():
    """dF/dt = 2 sum V I - 2 sum K dtheta/dt - heat with a growing field and currents, walls included."""
    one = strip(100.0, 60.0)
    size = 0.3 * one.sheet_current * 60.0
    currents = model.ramp(0, size, 2 * TAU), model.ramp(0, -size, 2 * TAU)
    setup = model.Setup(one, model.as_fields(model.ramp(0, 0.3 * BC2, 3 * TAU)), currents)
    mesh = film_mesh(one, 5.0)
    rng = np.random.default_rng(1)
    first = rng.normal(size=mesh.shape) + 1j * rng.normal(size=mesh.shape)

    def missed(dt):
        problem = TDGL(setup, mesh, Stepping(fixed=dt * TAU))
        banks = problem.drive.outer

        def energy(moment):
            return sample(problem, moment)["film_free_energy"] * one.shape.area / XI**2

        def power(moment):
            seen = sample(problem, moment)
            work = (seen["terminal_voltage"] * seen["terminal_current"]).sum()
            work /= MATERIAL.voltage * problem.drive.unit_current
            time, psi = moment.time, moment.order_parameter
            links, rates = problem.links(moment), problem.drive.links(problem.drive.rates(time))
            drops = problem.drops(moment, time)
            for axis, (face, h) in enumerate(((mesh.face_x, mesh.hx), (mesh.face_y, mesh.hy))):
                flow = face / h * (supercurrent(psi, links[axis], -1 - axis) - drops[axis])
                work -= h * (flow * rates[axis]).sum()
            # between the walls and their cells A grows too
            normal = banks.solved(moment.potential, time, moment.outside[1])[1]
            beside = np.conj(psi[banks.rows, banks.columns])
            pairs = -(beside * banks.source(moment.outside[0], time)).imag * mesh.hx * mesh.hy
            alpha = np.array(problem.drive.rates(time)) @ banks._angle
            return 2 * (work - (alpha * (normal + pairs)).sum()) - dissipation(problem, moment)

        moment = problem.init(first)
        while moment.time < 1 - 1e-9:
            moment = problem.step(moment)
        begin, gained = energy(moment), 0.0
        while moment.time < 2 - 1e-9:
            after = problem.step(moment)
            gained += 0.5 * dt * (power(moment) + power(after))
            moment = after
        return energy(moment) - begin - gained, gained

    (coarse, _), (fine, gained) = missed(0.02), missed(0.01)
    assert 3.5 < coarse / fine < 4.5  # second order
    assert abs(fine) < 1e-3 * abs(gained)


def test_result_does_not_depend_on_the_gauge():
    """The centre of the vector potential moves: |psi| and the voltages stay."""
    one = strip(80.0, 60.0)
    found = []
    for centre in ((0.0, 0.0), (70.0, -40.0)):
        field = model.Field(model.Uniform(centre=centre), model.steady(0.3 * BC2))
        setup = model.Setup(one, (field,), tuple(map(model.steady, through(one, 0.2, 60.0).values())))
        problem = TDGL(setup, film_mesh(one, 4.0), Stepping(fixed=0.02 * TAU))
        x, y = np.meshgrid(problem.mesh.x, problem.mesh.y)
        # B x (r - c)/2 is gained from B x r/2 by the gradient of -B (c x r)/2
        turn = -np.pi / (XI**2 * 2 * np.pi) * 0.3 * (centre[0] * y - centre[1] * x)
        moment = problem.init(np.exp(1j * turn))
        for _ in range(100):
            moment = problem.step(moment)
        found.append((np.abs(moment.order_parameter), sample(problem, moment)["terminal_voltage"]))
    assert np.abs(found[0][0] - found[1][0]).max() < 1e-10
    assert np.abs(found[0][1] - found[1][1]).max() < 1e-10 * MATERIAL.voltage
    assert np.ptp(found[0][0]) > 0.1


def test_edges_with_a_negative_length_hold_pairs():
    """psi'' = -eps psi with psi' = psi/|b| at a wall decays as exp(-x/|b|): pairs live where -eps < (xi/b)^2."""
    rate = {}
    for extrapolation, times in ((-15.0, (60.0, 70.0)), (-30.0, (150.0, 160.0))):
        shape = model.rectangle(200.0, 10.0)
        # only the short sides: the long ones repeat
        one = model.Film(
            shape, 4.0, MATERIAL, strength=-0.3, extrapolation=extrapolation, periodic=(False, True)
        )
        problem = TDGL(model.Setup(one), film_mesh(one, 1.25, repeats=True), Stepping(1e-5))
        moment = problem.init(np.full(problem.mesh.shape, 1e-4))
        sizes = []
        for until in times:
            while moment.time < until:
                moment = problem.step(moment, until)
            sizes.append(np.abs(moment.order_parameter).max())
        rate[extrapolation] = np.log(sizes[1] / sizes[0]) / 10 * MATERIAL.relaxation
    # u dpsi/dt = [eps + (xi/b)^2] psi; the mesh is wrong by (h/2b)^2 = 0.2 % and 0.04 % of (xi/b)^2
    assert np.isclose(rate[-15.0], -0.3 + 1 / 1.5**2, atol=2e-3)
    assert np.isclose(rate[-30.0], -0.3 + 1 / 3.0**2, atol=2e-3)
    narrow = model.Film(model.rectangle(60, 60), 4.0, MATERIAL, extrapolation=-4.0)
    with pytest.raises(InvalidInput, match="give a spacing below 4 nm"):
        film_mesh(narrow, 5.0, repeats=True)
    with pytest.raises(InvalidInput, match="not negative"):
        solve.energy(narrow)


def test_a_run_goes_on_with_its_phases():
    one = strip(60.0, 20.0)
    options = {"current": through(one, 0.5, 20.0), "spacing": 5.0, "stepping": Stepping(1e-4)}
    whole = tdgl(one, until=12 * TAU, **options)
    half = tdgl(one, until=6 * TAU, **options)
    rest = tdgl(one, until=6 * TAU, start=half, **options)
    # two runs with errors of 1e-4 per tau_0
    assert np.abs(whole["order_parameter"] - rest["order_parameter"]).max() < 2e-3
    assert np.abs(whole["contact_phase"] - rest["contact_phase"]).max() < 2e-3


def test_bad_input_is_named():
    with pytest.raises(InvalidModel, match=r"Terminal\.kind"):
        model.Terminal("a", (0, 0), (0, 1), "insulating")
    one = strip()
    for options, name in (
        ({"screening": True}, "screening"),
        ({"noise": 4.0, "stepping": Stepping(fixed=0.1)}, "thermal noise"),
    ):
        with pytest.raises(InvalidInput, match=f"superconducting contacts with {name}"):
            tdgl(one, until=1.0, **options)
    shape = model.polygon([(-40, -20), (40, -20), (60, 20), (-40, 20)])
    ends = model.Terminal("a", (40, -20), (60, 20), GOOD), model.side(shape, "left")
    with pytest.raises(InvalidInput, match="straight line of cells"):
        tdgl(model.Film(shape, 4.0, MATERIAL, terminals=ends), until=1.0)
    wide = model.rectangle(80.0, 60.0)
    ends = model.side(wide, "left", kind=GOOD), model.side(wide, "right")
    with pytest.raises(InvalidInput, match="contacts with a periodic film"):
        tdgl(model.Film(wide, 4.0, MATERIAL, terminals=ends, periodic=(False, True)), until=1.0)
