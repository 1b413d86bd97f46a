"""The force gauge: loops, stiffness, and where a weight is carried, above and below."""

import numpy as np
import pytest

from onnes import model, probe, solve
from onnes.errors import CannotProbe, InvalidInput
from onnes.model import Levitation, Travel
from onnes.units import MU_0

M = 0.5
DIPOLE = model.point_magnet(M)
HEIGHTS = np.linspace(3.0, 30.0, 271)


def test_weight_over_a_plane():
    # 3 mu0 m^2/32 pi h^4 = W; the interpolation between heights 0.1 mm apart is good to (0.1/10)^3
    (height,) = probe.equilibrium_height(
        solve.image_force(Levitation(model.point_magnet((M, 0.0, 0.0)), model.HalfSpace()), HEIGHTS), 0.2
    )["equilibrium_height"].values
    assert height == pytest.approx(1e3 * (3 * MU_0 * M**2 / (64 * np.pi * 0.2)) ** 0.25, rel=1e-5)


def test_without_pinning_nothing_hangs_and_an_upright_dipole_is_unstable():
    found = probe.equilibrium_height(solve.image_force(Levitation(DIPOLE, model.HalfSpace()), HEIGHTS), 0.2)
    assert set(found["equilibrium_side"].values) == {1}
    assert not found["equilibrium_stable"].values.any() and found["equilibrium_stiffness"].values[0] > 0


def test_frozen_flux_carries_from_both_sides():
    state = solve.image_force(Levitation(DIPOLE, model.HalfSpace(), 8.0), HEIGHTS)
    found = probe.equilibrium_height(state, 0.2)
    side, height = found["equilibrium_side"].values, found["equilibrium_height"].values
    stable = found["equilibrium_stable"].values == 1
    # floats below the cooling height, hangs beyond it, and farther out hangs on the falling side, unstably
    assert side.tolist() == [1, -1, -1]
    assert height[0] < 8 < height[1] < height[2]
    assert stable.tolist() == [True, True, False]
    assert np.all((found["equilibrium_stiffness"].values > 0) == stable)


def test_heavier_weights_rest_lower_until_none_hangs():
    state = solve.image_force(Levitation(DIPOLE, model.HalfSpace(), 8.0), HEIGHTS)
    heights = [probe.equilibrium_height(state, w)["equilibrium_height"].values[0] for w in (0.1, 1.0, 5.0)]
    assert np.all(np.diff(heights) < 0)
    assert -1 not in probe.equilibrium_height(state, 5.0)["equilibrium_side"].values


def test_force_and_stiffness_of_a_loop():
    body = model.SuperconductingCylinder(10.0, 8.0, model.Pinning(1e8))
    travel = Travel((20.0, 3.0, 20.0))
    state = solve.pinned_force(Levitation(model.CylinderMagnet(8.0, 6.0, 1.2), body), travel, cells=(8, 5))
    data, stiff = probe.force(state), probe.stiffness(state)
    assert data["levitation_force"].attrs["units"] == "N"
    turn = int(np.argmin(state["magnet_height"]))
    slopes = stiff["vertical_stiffness"].values
    # behind the turning point a minor loop begins: stiffer than the descent
    assert slopes[turn] > slopes[turn - 1] > 0
    slope = -(data["levitation_force"][turn] - data["levitation_force"][turn - 1]) / (
        data["magnet_height"][turn] - data["magnet_height"][turn - 1]
    )
    assert slopes[turn - 1] == pytest.approx(1e3 * float(slope), rel=0.35)
    found = probe.equilibrium_height(state, 2.0)
    assert found["equilibrium_side"].values[0] == 1 and found["equilibrium_stable"].values[0] == 1


def test_stiffness_of_an_image_is_its_own():
    state = solve.image_force(Levitation(DIPOLE, model.HalfSpace(), 8.0), [8.0])
    stiff = probe.stiffness(state)
    assert stiff["lateral_stiffness"].values[0] == pytest.approx(stiff["vertical_stiffness"].values[0] / 2)


def test_what_a_gauge_cannot_read():
    state = solve.image_force(Levitation(DIPOLE, model.HalfSpace()), [8.0])
    with pytest.raises(InvalidInput, match="positive"):
        probe.equilibrium_height(state, -1.0)
    with pytest.raises(CannotProbe, match="two heights"):
        probe.equilibrium_height(state, 1.0)
    body = model.SuperconductingCylinder(5.0, 4.0, model.Pinning(1e8))
    swept = solve.pinned_magnetisation(body, [0.0, 0.1], cells=(4, 2), steps=2)
    for read in (probe.force, probe.stiffness, lambda s: probe.equilibrium_height(s, 1.0)):
        with pytest.raises(CannotProbe, match="levitation_force"):
            read(swept)
    held = solve.levitation_creep(Levitation(DIPOLE, body), Travel((9.0, 8.0)), [1.0], cells=(4, 2))
    with pytest.raises(CannotProbe, match="moves"):
        probe.stiffness(held)
