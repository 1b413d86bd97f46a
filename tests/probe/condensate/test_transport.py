"""The voltmeter: SI closure in the normal state, and errors of series whose errors are known."""

import numpy as np
import pytest

from onnes import model, probe, solve
from onnes.errors import CannotProbe, InvalidInput, TooShort


@pytest.fixture(scope="module")
def film(bench):
    shape = model.rectangle(120, 60)
    return bench.film(shape, terminals=(model.side(shape, "left"), model.side(shape, "right")))


def with_series(bench, film, walls, currents=None, time=None):
    count = len(walls)
    return bench.state(
        film,
        lambda x, y: 1 + 0j * x,
        sample_time=np.arange(count, dtype=float) if time is None else time,
        terminal=np.arange(2),
        terminal_voltage=walls,
        terminal_current=np.tile([3.0, -3.0], (count, 1)) if currents is None else currents,
    )


def test_ohm_closes_in_si(bench, film):
    """R = rho L/(w d) in the normal state, but for the 1e-7 of a cell by which contacts are widened to be found."""
    state = solve.tdgl(
        film, until=2 * bench.material.time, start="normal", current={"left": 5.0, "right": -5.0}
    )
    found = probe.flow_resistivity(state, between=("left", "right"))
    assert float(found["resistance"]) == pytest.approx(20e-8 * 120e-9 / (60e-9 * 20e-9), rel=1e-7)
    assert float(found["flow_resistivity"]) == pytest.approx(20.0, rel=1e-7)
    assert float(found["mean_current"]) == pytest.approx(5.0) and float(found["resistance_error"]) == 0
    turned = probe.flow_resistivity(state, between=(1, 0))
    assert float(turned["flow_resistivity"]) == pytest.approx(20.0, rel=1e-7)


def test_error_of_a_correlated_series(bench, film):
    """An autoregressive series of time tau: its mean errs by sigma sqrt((1 + phi)/(1 - phi)/n), to 3/sqrt(n_eff)."""
    rng, phi, count = np.random.default_rng(0), 0.8, 20000
    noise = rng.normal(0, 1.0, count)
    series = np.zeros(count)
    for k in range(1, count):
        series[k] = phi * series[k - 1] + noise[k]
    walls = np.stack([2.0 + series, np.full(count, -1.0)], -1)
    found = probe.voltage(with_series(bench, film, walls))
    sigma = 1 / np.sqrt(1 - phi**2)
    expected = sigma * np.sqrt((1 + phi) / (1 - phi) / count)
    assert float(found["mean_voltage_error"]) == pytest.approx(expected, rel=0.1)
    assert abs(float(found["mean_voltage"]) - 3.0) < 4 * expected
    # tau = 1/2 + phi/(1 - phi) samples of 1 ps
    assert found.attrs["correlation_time"] == pytest.approx(4.5, rel=0.15)
    resistance = probe.resistance(with_series(bench, film, walls))
    assert float(resistance["resistance"]) == pytest.approx(float(found["mean_voltage"]) / 3.0 * 1e3)
    assert float(resistance["resistance_error"]) == pytest.approx(expected / 3.0 * 1e3, rel=0.1)


def test_the_beginning_can_be_left_out(bench, film):
    walls = np.zeros((300, 2))
    walls[:100, 0] = 7.0
    walls[100:, 0] = 2.0
    found = probe.voltage(with_series(bench, film, walls), after=100.0)
    assert float(found["mean_voltage"]) == 2.0 and float(found["mean_voltage_error"]) == 0.0


def test_errors(bench, film):
    state = with_series(bench, film, np.cumsum(np.random.default_rng(1).normal(size=(200, 2)), 0))
    with pytest.raises(TooShort, match="autocorrelation times"):
        probe.voltage(state)
    with pytest.raises(TooShort, match="run longer"):
        probe.voltage(state, after=1e9)
    for between in ((0, 0), ("left", "top"), (0, 5)):
        with pytest.raises(InvalidInput, match="two different ones of left, right"):
            probe.voltage(state, between=between)
    still = with_series(bench, film, np.zeros((200, 2)), currents=np.zeros((200, 2)))
    with pytest.raises(InvalidInput, match="no mean current"):
        probe.resistance(still)
    uneven = with_series(bench, film, np.zeros((100, 2)), time=np.arange(100.0) ** 2)
    with pytest.raises(InvalidInput, match="unequal intervals"):
        probe.voltage(uneven)
    shape = model.rectangle(120, 60).minus(model.disk(15))
    holed = bench.film(shape, terminals=(model.side(shape, "left"), model.side(shape, "right")))
    with pytest.raises(InvalidInput, match="opposite sides of a rectangle"):
        probe.flow_resistivity(with_series(bench, holed, np.tile([1.0, 0.0], (100, 1))))
    with pytest.raises(CannotProbe, match="two contacts"):
        probe.voltage(bench.state(bench.film(model.rectangle(60, 60)), lambda x, y: 1 + 0j * x))
    with pytest.raises(CannotProbe, match="sample_time"):
        probe.voltage(bench.state(film, lambda x, y: 1 + 0j * x))
