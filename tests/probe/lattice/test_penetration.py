"""Penetration depth and the BKT relation."""

import numpy as np
import pytest

from onnes import model, probe, response, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.units import K_B, PHI_0

BANDS = model.square({(0, 0): 60.0, (1, 0): -100.0, (1, 1): 20.0}, a=3.8, c=6.6)
BONDS = model.attraction({(1, 0): 150.0})


@pytest.fixture(scope="module")
def ladder():
    return [solve.bdg(BANDS, BONDS, t, mesh=(64, 64)) for t in (280.0, 100.0, 160.0, 220.0, 320.0)]


def test_stiffness_falls_and_vanishes_above_tc(ladder):
    data = probe.lattice_superfluid(ladder, mesh=(64, 64))
    assert np.all(np.diff(data["temperature"]) > 0)
    j = data["layer_stiffness"].values
    assert np.all(np.diff(j) < 0) and abs(j[-1]) < 1e-6 * j[0]
    assert data["layer_stiffness"].attrs["units"] == "meV"
    depth = data["penetration_depth"].values[:-1]
    assert np.allclose(data["inverse_square_depth"].values[:-1] * depth**2, 1e6)
    # Phi_0^2 d/(4 pi^2 mu_0 lambda^2) is the same stiffness in SI
    from onnes.units import E_CHARGE, MU_0

    joule = PHI_0**2 * 6.6e-10 / (4 * np.pi**2 * MU_0 * (depth * 1e-9) ** 2)
    assert np.allclose(joule / E_CHARGE * 1e3, j[:-1], rtol=1e-6)
    half = probe.lattice_superfluid(ladder, mesh=(64, 64), spacing=3.3)
    # the same crystal with its layers counted twice as densely: the depth is that of the volume
    assert np.allclose(half["layer_stiffness"], data["layer_stiffness"] / 2)
    assert np.allclose(half["penetration_depth"][:-1], depth)


def test_bkt_relation(ladder):
    """(pi/2) J(T) = kT at the reported temperature, below the mean-field Tc."""
    data = probe.lattice_superfluid(ladder, mesh=(64, 64))
    t_bkt = float(data["bkt_temperature"])
    j = np.interp(t_bkt, data["temperature"], data["layer_stiffness"])
    assert np.pi / 2 * j == pytest.approx(K_B * t_bkt, rel=1e-12)
    assert t_bkt < solve.lattice_critical_temperature(BANDS, BONDS, mesh=(64, 64))
    # a state solved there lies on the line up to the curvature of J between the rungs
    there = solve.bdg(BANDS, BONDS, t_bkt, mesh=(64, 64))
    direct = response.stiffness(response.superfluid_weight(there, mesh=(64, 64)).total, BANDS)
    assert np.pi / 2 * direct == pytest.approx(K_B * t_bkt, rel=0.15)


def test_a_constant_stiffness_ends_at_half_pi():
    t = np.linspace(1.0, 100.0, 7)
    assert probe.bkt_temperature(t, np.full(7, 2.0)) == pytest.approx(np.pi / K_B, rel=1e-12)


def test_dirty_states_carry_the_stiffness_of_their_bands():
    dirty = model.DirtyDWave(50.0, model.PointScatterers(1.0, 1.0), BANDS)
    states = [solve.dirty_d_wave(dirty, t) for t in (0.0, 20.0)]
    data = probe.lattice_superfluid(states)
    line = response.fermi_line(BANDS)
    expected = float(states[0]["superfluid_fraction"]) * line.weight / (4 * 3.8**2)
    assert float(data["layer_stiffness"][0]) == pytest.approx(expected, rel=1e-12)
    assert "bkt_temperature" not in data


def test_what_is_refused(ladder):
    with pytest.raises(InvalidInput, match="no states"):
        probe.lattice_superfluid([])
    with pytest.raises(InvalidInput, match="spacing"):
        probe.lattice_superfluid(ladder, spacing=0.0)
    with pytest.raises(InvalidInput, match="not crossed"):
        probe.bkt_temperature([1.0, 2.0], [100.0, 100.0])
    with pytest.raises(InvalidInput, match="rising"):
        probe.bkt_temperature([2.0, 1.0], [1.0, 1.0])
    circle = solve.dirty_d_wave(model.DirtyDWave(50.0, model.PointScatterers(1.0)), 0.0)
    with pytest.raises(CannotProbe, match="bands"):
        probe.lattice_superfluid([circle])
