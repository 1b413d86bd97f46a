"""Films in time: Ohm's law in SI units, conservation, the Josephson relation, vortices, runs that are refused."""

import numpy as np
import pytest

from onnes import model
from onnes.errors import InvalidInput, NotConverged
from onnes.model.condensate.fields import Field, Uniform
from onnes.numerics.poisson import Neumann
from onnes.response.condensate.flow import supercurrent, winding
from onnes.solve.condensate.films.record import Recording
from onnes.solve.condensate.films.stepper import TDGL, Stepping
from onnes.solve.condensate.films.time_dependent import tdgl
from onnes.units import PHI_0

XI = 10.0
MATERIAL = model.GinzburgLandau(XI, 30.0, resistivity=20.0, inelastic=2.0)
TAU, BC2 = MATERIAL.time, MATERIAL.upper_critical_field
DENSE = Recording(sample=0.5 * TAU)


def strip(length=20, width=6, shape=None, **film):
    shape = shape or model.rectangle(length * XI, width * XI)
    ends = model.side(shape, "left"), model.side(shape, "right")
    return model.Film(shape, 4.0, MATERIAL, terminals=ends, **film)


def normal_current(state):
    """Return the density of the normal current on the links, over J_0."""
    xi, unit = MATERIAL.coherence_length, MATERIAL.voltage
    hx, hy = np.diff(state["film_x"])[0] / xi, np.diff(state["film_y"])[0] / xi
    mu = state["electric_potential"] / unit
    rates = state["link_rate_x"] * TAU, state["link_rate_y"] * TAU
    return (
        -(np.roll(mu, -1, 1) - mu + rates[0]) / hx,
        -(np.roll(mu, -1, 0) - mu + rates[1]) / hy,
    )


def outflow(state):
    """Return the whole current out of each cell in uA, without what contacts bring in."""
    xi, psi = MATERIAL.coherence_length, state["order_parameter"]
    hx, hy = np.diff(state["film_x"])[0] / xi, np.diff(state["film_y"])[0] / xi
    jn = normal_current(state)
    jx = state["face_weight_x"] * (supercurrent(psi, state["link_x"], -1) / hx + jn[0]) * hy
    jy = state["face_weight_y"] * (supercurrent(psi, state["link_y"], -2) / hy + jn[1]) * hx
    unit = MATERIAL.current_density * 4e-9 * xi * 1e-9 * 1e6
    return unit * (jx - np.roll(jx, 1, 1) + jy - np.roll(jy, 1, 0))


def test_ohms_law_in_si_units():
    """A normal strip has the resistance rho L/(w d): 20 uOhm cm, 200 nm, 60 nm, 4 nm."""
    film = strip(strength=-1.0)
    state = tdgl(film, until=TAU, current={"left": 3.0, "right": -3.0})
    volts = state["terminal_voltage"][-1] * 1e-3
    # linear in the mesh, exact to the 1e-7 by which contacts are grown
    assert np.isclose((volts[0] - volts[1]) / 3e-6, 20e-8 * 200e-9 / (60e-9 * 4e-9), rtol=1e-6)
    power = (volts[0] - volts[1]) * 3e-6 * 1e9
    assert np.isclose(state["film_dissipation"][-1], power, rtol=1e-6)


def test_ohms_law_of_layers_in_series():
    """Half the strip twice as thick, the other with half the diffusion: resistances 1/2 and 2 in series."""
    film = strip(
        strength=-1.0,
        thickness_ratio=model.FunctionPattern(lambda x, y: np.where(x < 0, 2.0, 1.0)),
        diffusion=model.FunctionPattern(lambda x, y: np.where(x < 0, 1.0, 0.5)),
    )
    state = tdgl(film, until=TAU, current={"left": 3.0, "right": -3.0})
    volts = state["terminal_voltage"][-1] * 1e-3
    whole = 20e-8 * 200e-9 / (60e-9 * 4e-9)
    # the border falls between two cells (58 of them): exact but for the contacts
    assert np.isclose((volts[0] - volts[1]) / 3e-6, 0.5 * whole * (0.5 + 2.0), rtol=1e-6)


def test_given_voltage_drives_the_current_that_gives_it():
    film, options = strip(strength=-1.0), {"until": TAU}
    by_current = tdgl(film, current={"left": 3.0, "right": -3.0}, **options)
    volts = by_current["terminal_voltage"][-1]
    by_voltage = tdgl(film, voltage=float(volts[0] - volts[1]), **options)
    assert np.allclose(by_voltage["terminal_current"][-1], [3.0, -3.0], rtol=1e-9)
    resistive = tdgl(strip(), voltage=0.05, until=20 * TAU)
    drop = resistive["terminal_voltage"]
    assert np.allclose(drop[:, 0] - drop[:, 1], 0.05, rtol=1e-9)


@pytest.mark.parametrize("shape", [None, model.rectangle(200, 60).minus(model.disk(15))])
def test_current_is_conserved(shape):
    """What leaves the inner cells is nothing, and what leaves the cells at a contact is the current into it."""
    current = 0.15 * MATERIAL.current_density * 60e-9 * 4e-9 * 1e6
    state = tdgl(
        strip(shape=shape),
        until=6 * TAU,
        field=model.ramp(0.0, 0.1 * BC2, 10 * TAU),
        current={"left": model.ramp(0.0, current, 3 * TAU), "right": model.ramp(0.0, -current, 3 * TAU)},
    )
    out = outflow(state)
    assert np.abs(out[:, 1:-1]).max() < 1e-10 * current
    assert np.isclose(out[:, 0].sum(), current, rtol=1e-10)
    assert np.isclose(out[:, -1].sum(), -current, rtol=1e-10)


def test_josephson_relation():
    """Between two banks the phase runs at 2 pi V/Phi_0: one slip costs one flux quantum of voltage times time."""
    weak = model.FunctionPattern(lambda x, y: np.where(np.abs(x) < 15.0, -1.0, 1.0))
    current = 0.12 * MATERIAL.current_density * 40e-9 * 4e-9 * 1e6
    setup = model.Setup(strip(20, 4, strength=weak), currents=(model.steady(current), model.steady(-current)))
    problem = TDGL(setup)
    moment = problem.init(np.sqrt(np.maximum(problem.mesh.strength, 0.0)))
    banks = [(6, int(np.argmin(np.abs(problem.mesh.x - x)))) for x in (-50.0, 50.0)]
    times, phases, drops = [], [], []
    while moment.time < 150.0:
        moment = problem.step(moment, 150.0)
        potential = problem.drive.potential(moment.potential, moment.time)[0]
        psi = moment.order_parameter
        times.append(moment.time * TAU)
        phases.append(np.angle(psi[banks[0]] * psi[banks[1]].conj()))
        drops.append((potential[banks[0]] - potential[banks[1]]) * MATERIAL.voltage)
    phase, t, v = np.unwrap(phases), np.array(times), np.array(drops)
    late = np.nonzero(t > 50 * TAU)[0]
    # whole slips only: from one passage of the phase through its value at 50 tau_0 to the last such passage
    slips = int((phase[late[0]] - phase[-1]) / (2 * np.pi))
    end = np.interp(-(phase[late[0]] - 2 * np.pi * slips), -phase[late], t[late])
    fine = np.linspace(t[late[0]], end, 20001)
    flux = np.trapezoid(np.interp(fine, t, v), fine) * 1e-15  # mV ps
    assert slips >= 4
    assert np.isclose(flux, slips * PHI_0, rtol=1e-3)


def test_vortices_enter_a_film_in_a_field():
    film = model.Film(model.rectangle(14 * XI, 14 * XI), 4.0, MATERIAL)
    state = tdgl(film, until=120 * TAU, field=model.ramp(0.0, 0.35 * BC2, 40 * TAU), recording=DENSE)
    turns = winding(state["order_parameter"], state["link_x"], state["link_y"])[:-1, :-1]
    # far above the penetration field of a film without screening; positive field, positive vortices
    assert turns.min() == 0 and 2 <= turns.sum() <= 0.35 * 14**2 / (2 * np.pi)
    assert np.isclose(state["applied_field"][-1], 0.35 * BC2)
    assert np.isclose(state["sample_time"][-1], 120 * TAU) and len(state["sample_time"]) == 241


@pytest.mark.parametrize("count", [3, 7, 30, 100])
def test_times_that_agree_to_rounding_are_one(count):
    """Samples, frames and events at the same time leave no step of the length of a rounding error."""
    film = model.Film(model.rectangle(4 * XI, 4 * XI), 4.0, MATERIAL)
    until = 3.3 * TAU
    steps = []
    state = tdgl(
        film,
        until=until,
        field=model.Schedule((0.0, 0.1 * BC2, 0.0), (0.0, until * (2 / 3), until)),
        recording=Recording(sample=until / count),
        monitor=lambda p: steps.append(p.step_size) or False,
    )
    assert len(state["sample_time"]) == count + 1 and np.isclose(state["time"][0], until, rtol=1e-15)
    assert min(steps[1:]) > 1e-4 * TAU


def test_gauge_of_the_field_does_not_matter():
    """Another centre of A is another gauge: ramped alike, the same density comes out."""
    film = model.Film(model.rectangle(8 * XI, 6 * XI), 4.0, MATERIAL)
    found = []
    for centre in ((0.0, 0.0), (25.0, -10.0)):
        field = Field(Uniform(centre=centre), model.ramp(0.0, 0.3 * BC2, 10 * TAU))
        state = tdgl(film, until=10 * TAU, field=field, stepping=Stepping(fixed=0.05 * TAU))
        found.append(np.abs(state["order_parameter"]))
    # the turn of the phase by another potential is exact up to the fifth order of its angle
    assert np.abs(found[0] - found[1]).max() < 1e-6


def test_warm_start_goes_on():
    film = strip()
    whole = tdgl(film, until=8 * TAU, field=0.1 * BC2)
    half = tdgl(film, until=4 * TAU, field=0.1 * BC2)
    rest = tdgl(film, until=4 * TAU, field=0.1 * BC2, start=half)
    # two runs at tolerance 1e-3 per tau_0
    assert np.abs(whole["order_parameter"] - rest["order_parameter"]).max() < 4e-3
    assert rest.report.start == "warm"
    with pytest.raises(InvalidInput, match="another mesh"):
        tdgl(strip(22), until=TAU, start=half)


def test_starts():
    film = model.Film(model.disk(4 * XI), 4.0, MATERIAL)
    normal = tdgl(film, until=2 * TAU, start="normal")
    assert np.abs(normal["order_parameter"]).max() == 0
    seeded = [tdgl(film, until=60 * TAU, start="seeded", seed=s) for s in (1, 1, 2)]
    assert np.array_equal(seeded[0]["order_parameter"], seeded[1]["order_parameter"])
    assert not np.array_equal(seeded[0]["order_parameter"], seeded[2]["order_parameter"])
    inside = seeded[0]["cell_weight"] > 0.5
    assert np.abs(seeded[0]["order_parameter"])[inside].mean() > 0.5
    with pytest.raises(InvalidInput, match="start ="):
        tdgl(film, until=TAU, start="warm")


def test_contacts_take_psi_away():
    state = tdgl(strip(), until=100 * TAU)
    density = np.abs(state["order_parameter"][8])
    x = (state["film_x"] - state["film_x"][0]) / XI + 0.175
    # psi = tanh(x/sqrt 2) beside a wall with psi = 0; the mesh of 0.345 xi is wrong by (h^2/8) psi'' at most
    near = x < 5
    assert np.abs(density[near] - np.tanh(x[near] / np.sqrt(2))).max() < 0.01


def test_setups_that_cannot_be():
    film = strip()
    setup = model.Setup(film)
    for options, text in (
        ({"film": film, "current": {"lft": 1.0}}, "lft"),
        ({"film": setup, "voltage": 1.0}, "beside"),
        ({"film": film, "until": -1.0}, "until"),
    ):
        with pytest.raises(InvalidInput, match=text):
            tdgl(**({"until": TAU} | options))


def test_monitor_sees_and_cancels():
    seen = []

    def monitor(progress):
        seen.append(progress)
        return progress.steps >= 5

    film = model.Film(model.disk(4 * XI), 4.0, MATERIAL)
    state = tdgl(film, until=10 * TAU, monitor=monitor, throw=False)
    assert state.report.outcome.name == "CANCELLED" and state.report.iterations == 5
    assert seen[0].steps == 0 and seen[0].memory > 8 * 40 * 23**2 and np.isinf(seen[0].remaining)
    assert seen[-1].time > 0 and np.isfinite(seen[-1].remaining)
    with pytest.raises(NotConverged) as caught:
        tdgl(film, until=10 * TAU, monitor=monitor)
    assert caught.value.state.report.outcome.name == "CANCELLED"


def test_conjugate_gradients_give_the_same_run(monkeypatch):
    film = model.Film(model.ring(5 * XI, 2 * XI), 4.0, MATERIAL)
    options = {"until": 5 * TAU, "field": model.ramp(0.0, 0.3 * BC2, 5 * TAU)}
    exact = tdgl(film, **options)
    monkeypatch.setattr(
        "onnes.solve.condensate.films.stepper.Neumann", lambda *a, **k: Neumann(*a, **k, most_bonds=0)
    )
    other = tdgl(film, **options)
    assert "capacitance" in exact.report.engine and "conjugate" in other.report.engine
    # potentials to 1e-10 of the right side, over 5 tau_0
    assert np.abs(exact["order_parameter"] - other["order_parameter"]).max() < 1e-7
    assert all(c.passed for c in other.report.checks)
