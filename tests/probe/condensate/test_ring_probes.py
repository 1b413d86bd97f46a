"""Instruments on thin wires and rings."""

import numpy as np
import pytest

import onnes as on
from onnes.errors import CannotProbe, InvalidInput, TooShort
from onnes.units import PHI_0

METAL = on.model.GinzburgLandau(
    10.0, 100.0, resistivity=10.0, inelastic=0.0, critical_temperature=2.0, temperature=1.9
)
RING = on.model.ThinRing(50.0, 100.0, METAL)
FLUX = np.linspace(-1.25, 1.25, 101)


@pytest.fixture(scope="module")
def states() -> on.state.State:
    return on.solve.fluxoid_states(RING, FLUX, range(-4, 5))


def test_the_lowest_state_has_the_period_of_a_quantum(states: on.state.State) -> None:
    data = on.probe.ring_current(states)
    current = data["equilibrium_current"].values
    assert np.allclose(current[:61], current[40:], atol=1e-12 * RING.thread.current)
    # diamagnetic below half a quantum, and at most n - Phi = 1/2
    assert np.all(np.abs(data["equilibrium_winding"].values - FLUX) <= 0.5 + 1e-12)
    assert current[np.argmin(abs(FLUX - 0.2))] < 0 < current[np.argmin(abs(FLUX + 0.2))]
    # a small current through the kinetic inductance: I = -Phi/L_k, less k^2 = (0.025/5)^2 of it
    small = current[np.argmin(abs(FLUX - 0.025))]
    assert small * 1e-6 * RING.kinetic_inductance * 1e-12 == pytest.approx(-0.025 * PHI_0, rel=1e-4)
    assert data["fluxoid_current"].attrs["units"] == "uA"


def test_slips_and_voltage() -> None:
    weak = on.model.ThinWire(100.0, 100.0, METAL, strength=on.model.Spots(((50.0, 0.0),), 10.0, 0.3))
    current, tau = 0.3 * weak.thread.current, METAL.time
    run = on.solve.thread_dynamics(weak, 300 * tau, current=current, samples=1500, spacing=2.5)
    slips, voltage = on.probe.phase_slips(run), on.probe.thread_voltage(run, after=50 * tau)
    late = slips["slip_time"].values > 50 * tau
    turns = -slips["slip_turns"].values[late].sum()
    assert turns > 5 and np.all(np.diff(slips["slip_time"].values) > 0)
    # Josephson: Phi_0 for each turn (mV ps are 1e-15 V s), and the series agrees to one turn
    assert float(voltage["slip_voltage"]) * 250 * tau * 1e-15 == pytest.approx(turns * PHI_0, rel=1e-6)
    assert float(voltage["mean_voltage"]) == pytest.approx(float(voltage["slip_voltage"]), rel=1 / turns)
    with pytest.raises(InvalidInput, match="samples after"):
        on.probe.thread_voltage(run, after=299.9 * tau)
    short = on.solve.thread_dynamics(weak, 20 * tau, current=current, samples=20, spacing=2.5)
    with pytest.raises(TooShort):
        on.probe.thread_voltage(short)


def test_a_steady_wire_has_no_voltage_and_no_error() -> None:
    wire = on.model.ThinWire(100.0, 100.0, METAL)
    still = on.solve.thread_dynamics(wire, 10 * METAL.time, samples=60)
    data = on.probe.thread_voltage(still)
    assert (
        float(data["mean_voltage"]) == 0.0 == float(data["mean_voltage_error"]) == float(data["slip_voltage"])
    )


def test_fluxoid_needs_a_ring() -> None:
    run = on.solve.thread_dynamics(RING, 5 * METAL.time, flux=0.4, winding=-1, samples=1)
    assert on.probe.fluxoid(run) == pytest.approx(-1.0, abs=1e-12)
    wire = on.solve.thread_dynamics(on.model.ThinWire(50.0, 1.0, METAL), METAL.time, samples=1)
    with pytest.raises(CannotProbe, match="ring"):
        on.probe.fluxoid(wire)


def test_little_parks_amplitude() -> None:
    """Half a quantum lowers Tc by Tc (xi_0/2R)^2, and the resistance rises by that times the slope."""
    data = on.probe.little_parks_resistance(on.solve.little_parks(RING, [0.0, 0.5, 1.0]), 3.0)
    shift = 2.0 * (10.0**2 * 0.05) / (4 * 50.0**2)
    assert data["ring_resistance"].values == pytest.approx([0.0, 3.0 * shift, 0.0], abs=1e-14)
    assert shift == pytest.approx(2.0 - data["ring_transition"].values[1])


def test_refused(states: on.state.State) -> None:
    other = on.solve.little_parks(RING, [0.0])
    for name, needs in (("ring_current", "fluxoid_energy"), ("phase_slips", "slip_time")):
        with pytest.raises(CannotProbe, match=needs):
            getattr(on.probe, name)(other)
    with pytest.raises(CannotProbe, match="thread_voltage"):
        on.probe.thread_voltage(other)
    with pytest.raises(CannotProbe, match="thread_link"):
        on.probe.fluxoid(other)
    with pytest.raises(CannotProbe, match="ring_transition"):
        on.probe.little_parks_resistance(states, 1.0)
    with pytest.raises(InvalidInput, match="slope"):
        on.probe.little_parks_resistance(other, 0.0)
    with pytest.raises(InvalidInput, match="winding"):
        on.probe.ring_current(on.solve.fluxoid_states(RING, [5.0], (0,)))
