"""A film that heats itself: conservation, steady states, spreading, and what it does to the condensate."""

from dataclasses import replace

import numpy as np
import pytest

from onnes import model
from onnes.errors import InvalidInput, InvalidModel
from onnes.response.condensate.flow import free_energy
from onnes.response.condensate.mesh import film_mesh
from onnes.solve.condensate.films import heating
from onnes.solve.condensate.films.observe import dissipation
from onnes.solve.condensate.films.record import Recording
from onnes.solve.condensate.films.stepper import TDGL, Stepping
from onnes.solve.condensate.films.time_dependent import tdgl

XI = 10.0
MATERIAL = model.GinzburgLandau(
    XI, 100.0, resistivity=20.0, inelastic=2.0, critical_temperature=9.0, temperature=4.5
)
TAU, BC2 = MATERIAL.time, MATERIAL.upper_critical_field
FREE = model.Thermal(heat_capacity=2e4, conductivity=0.5, transfer=0.0, temperature=4.5)
UNIT = MATERIAL.condensation_density * (XI * 1e-9) ** 2 * 4e-9
"""Energy of one unit, J."""


def strip(shape=None, material=MATERIAL, **film):
    shape = shape or model.rectangle(16 * XI, 5 * XI)
    ends = model.side(shape, "left"), model.side(shape, "right")
    return model.Film(shape, 4.0, material, terminals=ends, **film)


def both(value):
    return {"left": value, "right": -value}


def stored(film, thermal, mesh, temperature):
    """Return the heat above that of the substrate, J."""
    cell = mesh.hx * mesh.hy * (XI * 1e-9) ** 2 * film.thickness * 1e-9
    return thermal.heat_capacity * cell * (mesh.cell * (temperature - thermal.temperature)).sum()


def test_uniform_heating_comes_to_power_over_transfer():
    """A normal strip with a current: T - T_0 = rho J^2 d/h everywhere, at contacts too."""
    thermal = replace(FREE, transfer=5e6)
    film = strip(strength=-1.0)
    current = 20.0  # uA
    relaxation = 2e4 * 4e-9 / 5e6 * 1e12  # C d/h, ps
    state = tdgl(
        film,
        until=20 * relaxation,
        current=both(current),
        thermal=thermal,
        start="normal",
        stepping=Stepping(largest=relaxation / 10),
    )
    density = current * 1e-6 / (5 * XI * 1e-9)  # A/m
    rise = 20e-8 / 4e-9 * density**2 / 5e6
    # the contact resistance of the mesh is exact to 1e-7; exp(-20) = 2e-9
    assert np.allclose(state["film_temperature"] - 4.5, rise, rtol=1e-6)
    assert np.isclose(state["peak_temperature"][-1], state["film_temperature"].max())
    assert np.isclose(state["pair_strength"][2, 5], -1 - rise / 4.5)


@pytest.mark.parametrize("transfer", [0.0, 2e7])
@pytest.mark.parametrize("hole", [False, True])
def test_heat_is_conserved(transfer, hole):
    """What is dissipated is stored, spread and given to the substrate."""
    shape = model.rectangle(16 * XI, 6 * XI)
    film = strip(shape.minus(model.disk(1.3 * XI, (8.0, 3.0))) if hole else shape)
    thermal = replace(FREE, transfer=transfer, latent=False)
    current = 0.3 * film.sheet_current * 6 * XI
    setup = model.Setup(
        film, model.as_fields(0.1 * BC2), (model.steady(current), model.steady(-current)), thermal=thermal
    )
    dt = 0.02
    engine = TDGL(setup, film_mesh(film), Stepping(fixed=dt * TAU))
    moment = engine.init()
    mesh, heat, given = engine.mesh, 0.0, 0.0
    area = mesh.cell * mesh.hx * mesh.hy * (XI * 1e-9) ** 2
    for _ in range(250):
        after = engine.step(moment)
        heat += 0.5 * dt * UNIT * (dissipation(engine, moment) + dissipation(engine, after))
        for m in (moment, after):
            given += 0.5 * dt * TAU * 1e-12 * transfer * (area * (m.temperature[0] - 4.5)).sum()
        moment = after
    kept = stored(film, thermal, mesh, moment.temperature[0])
    assert heat > 0 and moment.temperature[0].max() > 4.55
    # exact but for the second-order quadrature of what is given away
    assert abs(kept + given - heat) < (1e-10 if transfer == 0 else 1e-4) * heat
    if transfer:
        assert given > 0.02 * heat
    assert np.isclose(
        (moment.temperature[2]).sum() * mesh.hx * mesh.hy, dissipation(engine, moment), rtol=1e-12
    )


def test_energy_of_film_and_condensate_is_conserved():
    """Alone, a film turns condensation energy into heat and back: U = C T + F at the epsilon of zero temperature.

    U of the condensate is F - T dF/dT = F + (B_c^2/mu0) T/(Tc - T_ref)|psi|^2, in which the temperature cancels.
    """
    thermal = replace(FREE, heat_capacity=1.5e4)
    film = model.Film(model.rectangle(10 * XI, 8 * XI), 4.0, MATERIAL)
    setup = model.Setup(film, model.as_fields(0.4 * BC2), thermal=thermal)
    dt = 0.01
    engine = TDGL(setup, film_mesh(film, 5.0), Stepping(fixed=dt * TAU))
    mesh = engine.mesh

    def parts(moment):
        weights = mesh.cell, mesh.face_x, mesh.face_y
        cold = mesh.strength + 4.5 / (9.0 - 4.5)
        pairs = free_energy(
            moment.order_parameter, engine.links(moment), weights, cold, mesh.loss, (mesh.hx, mesh.hy)
        )
        return np.array([stored(film, thermal, mesh, moment.temperature[0]), UNIT * pairs])

    moment = engine.init()
    begin = parts(moment)
    while moment.time < 8.0:
        moment = engine.step(moment)
    change = parts(moment) - begin
    assert abs(change[1]) > 0.1 * UNIT * mesh.sites * mesh.hx * mesh.hy * 0.1
    # second order in steps times rates of up to ten
    assert abs(change.sum()) < 2e-3 * abs(change[1])


def test_heat_spreads_and_leaves_at_the_rates_of_the_equation():
    """A cosine of wavevector k decays at (K k^2 + h/d)/C, k^2 being that of the mesh; after a long step it is gone."""
    thermal = replace(FREE, transfer=1e6)
    film = model.Film(model.rectangle(20 * XI, 6 * XI), 4.0, MATERIAL)
    engine = TDGL(model.Setup(film, thermal=thermal), film_mesh(film, 5.0))
    mesh = engine.mesh
    none = np.zeros(mesh.shape)
    mode = np.cos(3 * np.pi * (np.arange(mesh.shape[1]) + 0.5) / mesh.shape[1]) * np.ones(mesh.shape)
    k2 = (2 * np.sin(1.5 * np.pi / mesh.shape[1]) / (mesh.hx * XI * 1e-9)) ** 2
    rate = (0.5 * k2 + 1e6 / 4e-9) / 2e4 * TAU * 1e-12
    history, dt = engine.heating.start(4.5 + mode), 0.02 / rate
    for _ in range(50):
        history = engine.heating.advanced(history, none, dt, none, none)
    # second order: (rate dt)^2/24 or so of one
    assert np.allclose(history[0] - 4.5, np.exp(-1.0) * mode, atol=1e-4)
    once = engine.heating.advanced(engine.heating.start(4.5 + mode), none, 1e6 / rate, none, none)
    assert np.abs(once[0] - 4.5).max() < 1e-5


def test_strength_falls_with_temperature():
    """epsilon = (1 - T/Tc)/(1 - T_ref/Tc) where it is one at T_ref; a normal spot gets no stronger when hot."""
    thermal = replace(FREE, temperature=6.0, heat_capacity=1e12)
    film = model.Film(
        model.rectangle(40, 40),
        4.0,
        MATERIAL,
        strength=model.FunctionPattern(lambda x, y: np.where(x < 0, 1.0, -0.5)),
    )
    state = tdgl(film, until=0.01 * TAU, thermal=thermal)
    left = state["film_x"] < 0
    strength = (1 - 6.0 / 9.0) / (1 - 4.5 / 9.0)
    assert np.allclose(state["pair_strength"][:, left], strength, rtol=1e-6)
    assert np.allclose(state["pair_strength"][:, ~left], strength - 1.5, rtol=1e-6)
    # the start is the condensate of that temperature
    assert np.isclose(np.abs(state["order_parameter"][0, 0]), np.sqrt(strength), rtol=1e-3)
    hot = tdgl(film, until=200 * TAU, thermal=replace(FREE, temperature=9.5, transfer=1e9))
    assert np.abs(hot["order_parameter"]).max() < 1e-3


def test_no_heat_is_no_change():
    """With a large heat capacity the film stays what it is without heat."""
    film = strip()
    options = {"until": 5 * TAU, "field": 0.1 * BC2, "stepping": Stepping(fixed=0.05 * TAU)}
    cold = tdgl(film, **options)
    warm = tdgl(film, **options, thermal=replace(FREE, heat_capacity=1e15))
    assert np.abs(cold["order_parameter"] - warm["order_parameter"]).max() < 1e-9
    assert "film_temperature" not in cold


def test_screened_film_heats_by_what_it_dissipates():
    film = strip(model.rectangle(10 * XI, 5 * XI), replace(MATERIAL, penetration_depth=15.0))
    tau, bc2 = film.material.time, film.material.upper_critical_field
    cool = replace(FREE, heat_capacity=1e6, latent=False)
    setup = model.Setup(film, model.as_fields(0.2 * bc2), screening=True, thermal=cool)
    engine = TDGL(setup, film_mesh(film, 5.0), Stepping(fixed=0.02 * tau))
    moment, heat = engine.init(), 0.0
    for _ in range(60):
        after = engine.step(moment)
        heat += 0.01 * (dissipation(engine, moment) + dissipation(engine, after))
        moment = after
    unit = film.material.condensation_density * (XI * 1e-9) ** 2 * 4e-9
    kept = stored(film, cool, engine.mesh, moment.temperature[0])
    assert np.isclose(kept, heat * unit, rtol=1e-9) and heat > 0


def test_bad_thermal_models_are_named(monkeypatch):
    for name, bad in (
        ("heat_capacity", 0.0),
        ("conductivity", -1.0),
        ("transfer", -1.0),
        ("temperature", 0.0),
    ):
        with pytest.raises(InvalidModel, match=name):
            replace(FREE, **{name: bad})
    cold = model.GinzburgLandau(XI, 100.0, resistivity=20.0)
    with pytest.raises(InvalidModel, match="critical_temperature"):
        model.Setup(model.Film(model.disk(30), 4.0, cold), thermal=FREE)
    film = model.Film(model.disk(30), 4.0, MATERIAL)
    with pytest.raises(InvalidInput, match="beside"):
        tdgl(model.Setup(film), until=1.0, thermal=FREE)
    monkeypatch.setattr(heating, "MOST_ITERATIONS", 1)
    with pytest.raises(InvalidInput, match="heat equation"):
        tdgl(film, until=TAU, field=0.2 * BC2, thermal=replace(FREE, transfer=1e6))


BRIDGE = 8 * XI


def sweep(film, thermal, currents, start):
    """Return the share of the bridge that is normal at each current, every state starting from the one before."""
    shares, hold, taps = [], 60 * TAU, ((-BRIDGE / 2, 0.0), (BRIDGE / 2, 0.0))
    for current in currents:
        state = tdgl(
            film,
            until=hold,
            current=both(float(current)),
            thermal=thermal,
            start=start,
            spacing=5.0,
            recording=Recording(sample=hold / 2, taps=taps),
        )
        drop = state["mean_tap_voltage"][-1]
        ohm = 20e-8 * BRIDGE * 1e-9 / (30e-9 * 4e-9)
        shares.append(float(drop[0] - drop[1]) / (ohm * current * 1e-3))
        start = state
    return np.array(shares), start


@pytest.mark.slow
def test_hot_bridge_is_retrapped_below_its_switching_current():
    """Going up, a bridge switches above depairing; coming down, its heat keeps it normal where a cool one is not."""
    strength = model.FunctionPattern(lambda x, y: np.where(np.abs(x) < BRIDGE / 2, 1.0, 2.0))
    film = strip(model.rectangle(20 * XI, 3 * XI), strength=strength)
    depairing = 0.385 * film.sheet_current * 3 * XI
    # normal at the depairing current, far from its ends it would be 4.5 K hotter than the substrate: at Tc
    sheet = depairing * 1e-6 / (3 * XI * 1e-9)
    transfer = 20e-8 / 4e-9 * sheet**2 / 4.5
    capacity = transfer * 1.25 * TAU * 1e-12 / 4e-9
    spread = transfer * (XI * 1e-9) ** 2 / 16e-9  # heat goes half a coherence length before it leaves
    thermal = model.Thermal(capacity, spread, transfer, 4.5)
    up = np.array([0.4, 0.6, 0.8, 1.0, 1.2, 1.4]) * depairing
    going, last = sweep(film, thermal, up, "superconducting")
    coming = sweep(film, thermal, up[::-1], last)[0][::-1]
    assert (going[:4] < 0.02).all() and going[5] > 0.9
    assert coming[3] > 0.5 and coming[2] > 0.3 and coming[0] < 0.02
    cool = replace(thermal, transfer=1e3 * transfer)
    going, last = sweep(film, cool, up, "superconducting")
    cooler = sweep(film, cool, up[::-1], last)[0][::-1]
    assert (going[:4] < 0.02).all() and (cooler[:2] < 0.02).all()
    assert cooler[2] < 0.3 * coming[2]
