"""Thermal and lock-in windows of tunnelling maps: normalisation, moments, a lock-in amplifier simulated in time."""

import numpy as np
import pytest

import onnes as on
from onnes import schema
from onnes.errors import InvalidInput
from onnes.probe.lattice.smearing import smearing
from onnes.units import K_B

ENERGY = np.linspace(-20, 20, 401)


def maps(function, energy=ENERGY):
    values = function(energy)[:, None, None] * np.ones((1, 2, 3))
    return schema.dataset(
        "t", {"energy": energy, "x": np.arange(2), "y": np.arange(3), "ldos": values}, broadening_meV=0.1
    )


@pytest.mark.parametrize("kelvin, modulation", [(4.2, 0.0), (0.0, 1.5), (4.2, 1.5), (0.3, 2.0)])
def test_windows_have_unit_weight_no_shift_and_their_variance(kelvin: float, modulation: float) -> None:
    """Moments: 1, 0, (pi kT)^2/3 + A^2/4. Linear interpolation of x^2 adds step^2/6."""
    bias = np.array([0.0, 0.73])
    window = smearing(bias, ENERGY, K_B * kelvin, modulation)
    x = ENERGY - bias[:, None]
    variance = (np.pi * K_B * kelvin) ** 2 / 3 + modulation**2 / 4
    assert np.allclose(window.sum(axis=1), 1, atol=1e-12) and np.all(window > -1e-12)
    assert np.allclose((window * x).sum(axis=1), 0, atol=1e-10)
    # The hats are wider than a point: between nodes x^2 is a chord, at most step^2/4 above, on average 1/6.
    excess = (window * x**2).sum(axis=1) - variance
    assert np.all(excess > -1e-9) and np.all(excess < 0.1**2 / 4)


def test_thermal_window_is_the_derivative_of_the_fermi_function() -> None:
    """A step in the density of states becomes the Fermi function, 1 - f; linear over one mesh step, 0.1 meV."""
    found = on.probe.conductance_map(maps(lambda w: 1.0 * (w > 0.05)), 5.0)
    bias = found["bias"].values
    kt = K_B * 5.0
    expected = kt / 0.1 * (np.logaddexp(0, bias / kt) - np.logaddexp(0, (bias - 0.1) / kt))
    assert found["tunnelling_conductance"].dims == ("bias", "x", "y")
    assert np.allclose(found["tunnelling_conductance"].values[:, 1, 2], expected, atol=1e-6)
    # Windows that reach beyond the energies are left out: 14 kT.
    assert 20 - 15 * kt < bias.max() < 20 - 12 * kt
    assert found.attrs["broadening_meV"] == 0.1 and found.attrs["tunnelling_temperature_K"] == 5.0


@pytest.mark.parametrize("kelvin", [0.0, 1.0])
def test_lock_in_amplifier_in_time(kelvin: float) -> None:
    """First harmonic of I(V + A cos t) over A/2 cos t, from a current computed by brute force."""
    amplitude, bias = 1.3, np.array([-2.0, 0.4, 3.0])

    def rho(w: np.ndarray) -> np.ndarray:
        return 1 + 0.5 * np.exp(-((w - 0.5) ** 2) / 2)

    fine = np.linspace(-20, 20, 40001)
    current = np.concatenate([[0], np.cumsum((rho(fine)[1:] + rho(fine)[:-1]) / 2 * 1e-3)])
    if kelvin > 0:  # I_T(V) = int I(V + x) (-f'(x)) dx
        x = np.linspace(-40, 40, 2001) * K_B * kelvin
        share = 1 / np.cosh(x / (2 * K_B * kelvin)) ** 2
        share /= share.sum()
        current = sum(s * np.interp(fine + d, fine, current) for s, d in zip(share, x, strict=True))
    t = 2 * np.pi * (np.arange(720) + 0.5) / 720
    harmonic = 2 * np.mean(
        np.interp(bias[:, None] + amplitude * np.cos(t), fine, current) * np.cos(t), axis=1
    )
    found = on.probe.conductance_map(maps(rho), kelvin, modulation=amplitude, bias=bias)
    # Chords of the density of states on 0.1 meV: step^2/8 of the curvature, 0.5.
    assert np.allclose(
        found["tunnelling_conductance"].values[:, 0, 0], harmonic / amplitude, atol=0.1**2 / 8 * 0.5
    )


def test_no_window_changes_nothing() -> None:
    given = maps(lambda w: 1 + np.abs(w))
    found = on.probe.conductance_map(given, 0.0)
    assert np.allclose(found["tunnelling_conductance"], given["ldos"], rtol=1e-9)
    assert np.array_equal(found["bias"], ENERGY)


def test_feedback_and_entries_are_kept() -> None:
    seen = on.probe.conductance_map(on.probe.setpoint(maps(lambda w: 1 + 0.01 * w), 10.0), 1.0, bias=[0.0])
    assert np.allclose(seen["tunnelling_conductance"], 1.0, rtol=1e-9)
    entries = schema.dataset(
        "t", {"energy": ENERGY, "sampled_entry": [3, 4], "ldos_entry": np.ones((401, 2))}
    )
    found = on.probe.conductance_map(entries, 1.0, bias=[0.0])
    assert np.allclose(found["tunnelling_conductance_entry"], 1.0) and found["sampled_entry"].values[1] == 4


def test_set_point_between_the_energies() -> None:
    """The current is integrated up to the set point itself: rho = 1 + a(r) w has I = V + a V^2/2."""
    slope = np.array([[0.01, -0.02], [0.0, 0.03]])
    values = 1 + slope * ENERGY[::4, None, None]
    given = schema.dataset("t", {"energy": ENERGY[::4], "x": [0, 1], "y": [0, 1], "ldos": values})
    for V in (7.13, -3.33):
        current = abs(V + slope * V**2 / 2)
        seen = on.probe.setpoint(given, V)["tunnelling_map"].values
        assert np.allclose(seen, values * current.mean() / current, rtol=1e-12)


def test_what_is_refused() -> None:
    flat = maps(np.ones_like)
    with pytest.raises(InvalidInput, match="without maps"):
        on.probe.conductance_map(flat.drop_vars("ldos"), 1.0)
    with pytest.raises(InvalidInput, match="temperature -1"):
        on.probe.conductance_map(flat, -1.0)
    with pytest.raises(InvalidInput, match="modulation"):
        on.probe.conductance_map(flat, 1.0, modulation=np.nan)
    with pytest.raises(InvalidInput, match="reaches beyond"):
        on.probe.conductance_map(flat, 4.2, bias=[19.0])
    with pytest.raises(InvalidInput, match="reaches beyond"):
        on.probe.conductance_map(flat, 1000.0)
    with pytest.raises(InvalidInput, match="negligible"):
        on.probe.conductance_map(flat, 1e-3, modulation=1.0)
    with pytest.raises(InvalidInput, match="single energy"):
        on.probe.conductance_map(flat.isel(energy=[0]), 1.0)
    with pytest.raises(InvalidInput, match="set point"):
        on.probe.setpoint(flat, 0.0)
