"""Magnets, bodies and travels: form factors against dipoles, fields against closed forms, what is refused."""

import numpy as np
import pytest

from onnes import model
from onnes.errors import InvalidInput, InvalidModel
from onnes.model import codec
from onnes.units import MU_0


def test_moment_of_a_cylinder_is_that_of_its_dipoles():
    magnet = model.CylinderMagnet(5.0, 8.0, 1.2, (0.3, -0.2, 0.9))
    assert magnet.dipoles().moment == pytest.approx(magnet.moment, rel=1e-12)
    assert np.linalg.norm(magnet.moment) == pytest.approx(1.2 / MU_0 * np.pi * 25e-6 * 8e-3)


@pytest.mark.parametrize("axis", [(0.0, 0.0, 1.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0), (0.4, -0.5, 0.6)])
def test_form_factor_of_a_cylinder_is_that_of_its_dipoles(axis):
    # k up to 2 over the radius: Gauss points, 6 in depth and radius, 24 around, leave (kR)^24/24! ~ 1e-11
    magnet = model.CylinderMagnet(5.0, 8.0, 1.2, axis)
    k, phi = np.meshgrid([1.0, 50.0, 200.0, 400.0], np.linspace(0, 6, 7))
    kx, ky = k * np.cos(phi), k * np.sin(phi)
    exact, summed = magnet.form_factor(kx, ky), magnet.dipoles(6, 6).form_factor(kx, ky)
    assert np.max(np.abs(summed - exact) / np.max(np.abs(exact), axis=0)) < 1e-7


def test_form_factor_starts_as_the_dipole_and_never_overflows():
    magnet = model.CylinderMagnet(5.0, 8.0, 1.2, (0.6, 0.0, 0.8))
    small = magnet.form_factor(np.array([1e-3]), np.array([0.0]))[0]
    dipole = magnet.moment @ np.array([-1e-3j, 0.0, -1e-3])
    assert small == pytest.approx(dipole, rel=1e-4)  # next order: k times the size, 1e-5
    assert magnet.form_factor(np.zeros(1), np.zeros(1)) == pytest.approx(0)
    assert np.isfinite(magnet.form_factor(np.array([1e5]), np.array([3e4]))).all()


def test_turning_is_a_rotation_about_the_centre():
    magnet = model.CylinderMagnet(5.0, 8.0, 1.2).turned((0.0, 1.0, 0.0), 0.5)
    assert magnet.axis == pytest.approx((np.sin(0.5), 0.0, np.cos(0.5)))
    assert magnet.lowest == pytest.approx(4 * (1 - np.cos(0.5)) - 5 * np.sin(0.5))
    pair = model.Dipoles(((0.0, 0.0, 1.0), (0.0, 0.0, 1.0)), ((-1.0, 0.0, 3.0), (1.0, 0.0, 3.0)))
    turned = pair.turned((0.0, 1.0, 0.0), np.pi / 2)
    assert np.array(turned.places) == pytest.approx(np.array([[0.0, 0.0, 4.0], [0.0, 0.0, 2.0]]))
    assert np.array(turned.moments) == pytest.approx(np.array([[1.0, 0.0, 0.0]] * 2))
    assert turned.lowest == pytest.approx(2.0) and pair.reach == 1.0 and not pair.axial


def test_ring_field_far_away_is_that_of_the_dipole():
    # the next multipole is (size/distance)^2 ~ 4e-3 of it, for the field about its centre
    magnet = model.CylinderMagnet(5.0, 8.0, -1.2)
    dipole = model.Dipoles((tuple(magnet.moment),), ((0.0, 0.0, 4.0),))
    r, z = np.array([40.0, 60.0]), np.array([-80.0, 50.0])
    for cylinder, point in zip(magnet.ring_field(r, z), dipole.ring_field(r, z), strict=True):
        assert cylinder == pytest.approx(point, rel=2e-2)


def test_surface_field_of_a_cylinder():
    # on the axis at the face: (Br/2) L/sqrt(L^2 + R^2)
    magnet = model.CylinderMagnet(5.0, 8.0, 1.2)
    axial = magnet.ring_field(np.array([1e-6]), np.array([0.0]))[2][0]
    assert axial == pytest.approx(0.6 * 8 / np.hypot(8, 5), rel=1e-9)


def test_magnets_and_levitations_survive_the_codec():
    body = model.SuperconductingCylinder(15.0, 10.0, model.Pinning(1e8, 30.0, kim_field=0.5))
    for magnet in (model.point_magnet(0.5), model.CylinderMagnet(5.0, 8.0, 1.2, (0.0, 1.0, 1.0))):
        pair = model.Levitation(magnet, body)
        assert codec.decode(codec.encode(pair)) == pair


def test_travel_meets_its_turning_points():
    travel = model.Travel((30.0, 5.0, 12.0), speed=2.0)
    heights, times = travel.samples(3.0)
    assert {30.0, 5.0, 12.0} <= set(heights) and np.max(np.abs(np.diff(heights))) <= 3.0
    assert times[-1] == pytest.approx((25 + 7) / 2)


def test_kim_law():
    pinning = model.Pinning(1e8, kim_field=0.5)
    assert pinning.critical_at(0.5) == pytest.approx(5e7)
    assert model.Pinning(1e8).critical_at(3.0) == pytest.approx(1e8)


@pytest.mark.parametrize(
    "build",
    [
        lambda: model.CylinderMagnet(0.0, 1.0, 1.0),
        lambda: model.CylinderMagnet(1.0, 1.0, np.nan),
        lambda: model.CylinderMagnet(1.0, 1.0, 1.0, (0.0, 0.0, 0.0)),
        lambda: model.Dipoles(((0.0, 1.0),)),
        lambda: model.Dipoles(((0.0, 0.0, 1.0),), ((0.0, 0.0, 0.0),) * 2),
        lambda: model.HalfSpace(-1.0),
        lambda: model.HalfSpace(100.0, 0.0),
        lambda: model.SuperconductingSphere(-2.0),
        lambda: model.SuperconductingDisk(1.0, -1.0),
        lambda: model.SuperconductingCylinder(1.0, np.inf),
        lambda: model.Pinning(0.0),
        lambda: model.Pinning(1e8, 0.5),
        lambda: model.Levitation(model.point_magnet(1.0), model.HalfSpace(), -1.0),
        lambda: model.Travel((3.0,)),
        lambda: model.Travel((3.0, 3.0)),
        lambda: model.Travel((3.0, 2.0), speed=0.0),
        lambda: model.Travel((3.0, 2.0)).samples(-1.0),
    ],
)
def test_the_impossible_is_refused(build):
    with pytest.raises(InvalidModel):
        build()


def test_a_slanted_magnet_has_no_ring_field():
    with pytest.raises(InvalidInput, match="upright"):
        model.CylinderMagnet(1.0, 1.0, 1.0, (1.0, 0.0, 0.0)).ring_field(1.0, 1.0)
