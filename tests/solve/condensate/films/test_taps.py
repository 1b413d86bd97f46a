"""Voltage taps: where they read, and means over time that are time integrals."""

import numpy as np
import pytest

from onnes import model
from onnes.errors import InvalidInput
from onnes.solve.condensate.films.record import Recording
from onnes.solve.condensate.films.stepper import TDGL
from onnes.solve.condensate.films.taps import Voltmeter
from onnes.solve.condensate.films.time_dependent import tdgl
from onnes.units import PHI_0

XI = 10.0
MATERIAL = model.GinzburgLandau(XI, 30.0, resistivity=20.0, inelastic=2.0)
TAU, BC2 = MATERIAL.time, MATERIAL.upper_critical_field


def strip(length=20, width=6, **film):
    shape = model.rectangle(length * XI, width * XI)
    ends = model.side(shape, "left"), model.side(shape, "right")
    return model.Film(shape, 4.0, MATERIAL, terminals=ends, **film)


def test_four_point_resistance_of_a_normal_strip():
    """Between taps 83 nm apart, off the centres of cells: rho 83/(w d) I; potential and reading are linear."""
    state = tdgl(
        strip(strength=-1.0),
        until=TAU,
        current={"left": 3.0, "right": -3.0},
        recording=Recording(taps=((-41.3, 3.0), (41.7, -8.0)), sample=TAU / 2),
    )
    drop = state["tap_voltage"][:, 0] - state["tap_voltage"][:, 1]
    assert np.allclose(drop * 1e-3 / 3e-6, 20e-8 * 83e-9 / (60e-9 * 4e-9), rtol=1e-6)
    assert np.allclose(state["mean_tap_voltage"], state["tap_voltage"], atol=1e-9 * drop[0])
    assert np.allclose(state["mean_terminal_voltage"], state["terminal_voltage"], atol=1e-9 * drop[0])
    assert np.array_equal(state["tap_x"], [-41.3, 41.7]) and np.array_equal(state["tap"], [0, 1])


def test_readings_are_those_of_the_whole_map():
    """The few cells that are read give what the map of the potential gives, with fields and currents that change."""
    current = 0.1 * MATERIAL.current_density * 60e-9 * 4e-9 * 1e6
    for drive in (
        {"currents": (model.ramp(0.0, current, 3 * TAU), model.ramp(0.0, -current, 3 * TAU))},
        {"voltage": model.ramp(0.0, 0.1, 3 * TAU)},
    ):
        setup = model.Setup(strip(), model.as_fields(model.ramp(0.0, 0.2 * BC2, 4 * TAU)), **drive)
        engine = TDGL(setup)
        centre = engine.mesh.x[20], engine.mesh.y[5]
        meter = Voltmeter(engine, [centre])
        moment = engine.init()
        while moment.time < 2.0:
            moment = engine.step(moment, 2.0)
        total, currents = engine.drive.potential(moment.potential, moment.time)
        seen = meter.read(moment, moment.time)
        assert np.allclose(seen[:2], engine.drive.wall_potentials(total, currents), atol=1e-13)
        assert np.isclose(seen[2], total[5, 20], atol=1e-13)


def test_means_are_time_integrals():
    """The mean voltage of slipping phases is that of many samples, and each slip costs one flux quantum."""
    weak = model.FunctionPattern(lambda x, y: np.where(np.abs(x) < 15.0, -1.0, 1.0))
    current = 0.12 * MATERIAL.current_density * 40e-9 * 4e-9 * 1e6
    options = {"until": 60 * TAU, "current": {"left": current, "right": -current}}
    film = strip(20, 4, strength=weak)
    taps = ((-50.0, 0.0), (50.0, 0.0))
    few = tdgl(film, **options, recording=Recording(sample=20 * TAU, taps=taps))
    many = tdgl(film, **options, recording=Recording(sample=0.1 * TAU, taps=taps))
    drop = {n: many[n][:, 0] - many[n][:, 1] for n in ("tap_voltage", "terminal_voltage")}
    for name, fine in drop.items():
        mean = few["mean_" + name][1:]
        parts = [np.trapezoid(fine[a : a + 201], dx=1 / 200) for a in (0, 200, 400)]
        # both by the trapezium rule, with steps of about the interval of the samples
        assert np.allclose(mean[:, 0] - mean[:, 1], parts, rtol=5e-3)
        # a sample at one moment is something else
        assert np.abs(few[name][1:, 0] - few[name][1:, 1] - parts).max() > 0.02 * max(parts)
    psi = many["order_parameter"][few["film_y"].size // 2]
    assert np.isfinite(psi).all()
    total = (few["mean_tap_voltage"][1:, 0] - few["mean_tap_voltage"][1:, 1]).sum() * 20 * TAU * 1e-15
    assert total > PHI_0  # at least one slip in 60 tau_0


def test_means_of_a_jumping_rate_belong_to_their_side():
    """The voltage of a ramped field jumps where the ramp ends; its integral up to there does not see the jump."""
    film = strip(strength=-1.0)
    field = model.Schedule((0.0, 0.2 * BC2, 0.2 * BC2), (0.0, 2 * TAU, 4 * TAU))
    taps = ((-60.0, 20.0), (60.0, -20.0))
    state = tdgl(
        film, until=4 * TAU, field=field, start="normal", recording=Recording(sample=2 * TAU, taps=taps)
    )
    inner = tdgl(film, until=TAU, field=field, start="normal", recording=Recording(sample=TAU, taps=taps))[
        "tap_voltage"
    ][-1]
    assert np.abs(inner).max() > 1e-4 * MATERIAL.voltage
    # a normal film: the potential is constant while the rate is
    assert np.allclose(state["mean_tap_voltage"][1], inner, rtol=1e-9)
    assert np.allclose(state["mean_tap_voltage"][2], 0.0, atol=1e-9 * np.abs(inner).max())


def test_tap_in_a_cut_corner_reads_the_film():
    film = model.Film(model.disk(30), 4.0, MATERIAL)
    angle = 0.7
    edge = (29.99 * np.cos(angle), 29.99 * np.sin(angle))
    state = tdgl(film, until=0.1 * TAU, spacing=7.0, recording=Recording(taps=(edge,)), field=0.1 * BC2)
    assert np.isfinite(state["tap_voltage"]).all() and "mean_terminal_voltage" not in state


def test_means_can_be_left_out():
    state = tdgl(strip(), until=0.2 * TAU, recording=Recording(means=False, taps=((0.0, 0.0),)))
    assert "tap_voltage" in state and "mean_tap_voltage" not in state and "mean_terminal_voltage" not in state


def test_bad_taps_are_named():
    with pytest.raises(InvalidInput, match="outside the film"):
        tdgl(strip(), until=TAU, recording=Recording(taps=((500.0, 0.0),)))
    for taps in ((1.0, 2.0), ((1.0, 2.0, 3.0),), ((np.nan, 0.0),)):
        with pytest.raises(InvalidInput, match="taps"):
            Recording(taps=taps)
