"""Finite bodies that screen: textbook moments, images as limits, consistency of energy and force."""

import numpy as np
import pytest

from onnes import model, solve
from onnes.errors import InvalidInput
from onnes.model import Levitation
from onnes.solve.condensate.levitation.levitation_screening import surface
from onnes.units import MU_0

UP = model.point_magnet(0.5)
MAGNET = model.CylinderMagnet(3.0, 4.0, 1.2)


def screened(body, heights, magnet=UP, cooled_at=np.inf, strips=200):
    return solve.screened_force(Levitation(magnet, body, cooled_at), heights, strips=strips)


@pytest.mark.parametrize(
    ("body", "expected"),
    [(model.SuperconductingDisk(5.0), -8 / 3), (model.SuperconductingSphere(5.0), -2 * np.pi)],
)
def test_moments_converge_to_the_closed_form(body, expected):
    # measured 5e-7 at 80 strips, third order
    unit = 5e-3**3 / MU_0
    errors = [abs(solve.screened_moment(body, strips=n) / unit / expected - 1) for n in (20, 40, 80)]
    assert errors[2] < 1e-6
    assert errors[0] > 6 * errors[1] > 36 * errors[2]


def test_field_at_the_equator_of_a_sphere():
    # B = 3/2 of the applied field just outside, nothing inside: mu0 K = 1.5 B sin(theta)
    meridian = surface(model.SuperconductingSphere(5.0), 161)
    (current,) = meridian.respond(meridian.r / 2)
    field = -MU_0 * current[80] / meridian.w[80]
    assert field == pytest.approx(1.5, rel=1e-3)


def test_long_cylinder_expels_its_volume():
    # m = -(V/mu0) B (1 + c R/L), the ends acting as if it were longer: the slope against L is that of the volume
    radius = 1e-3
    moments = [
        solve.screened_moment(model.SuperconductingCylinder(1.0, length), strips=400)
        for length in (20.0, 40.0)
    ]
    volume = np.pi * radius**2 * 20e-3
    assert (moments[1] - moments[0]) * MU_0 == pytest.approx(-volume, rel=2e-3)


def test_flat_cylinder_approaches_the_disk():
    # corrections of order (d/R) ln(R/d) ~ 2 %
    flat = solve.screened_moment(model.SuperconductingCylinder(5.0, 0.02), strips=400)
    assert flat == pytest.approx(solve.screened_moment(model.SuperconductingDisk(5.0)), rel=0.03)


def test_pearl_disk_in_the_weak_limit():
    # Lambda >> R: K = -B r/(mu0 Lambda), m = -pi R^4 B/(4 mu0 Lambda); the next order is R/Lambda = 1e-3
    m = solve.screened_moment(model.SuperconductingDisk(1.0, 1e9), 2.0)
    assert m == pytest.approx(-2.0 * np.pi * 1e-3**4 / (4 * MU_0 * 1.0), rel=3e-3)


@pytest.mark.parametrize("cooled_at", [np.inf, 6.0])
def test_wide_disk_is_a_plane(cooled_at):
    # edge at 100 mm: its share of the force goes as (h/R)^4 to (h/R)^3; strips of 0.5 mm at h = 4 mm
    disk = screened(model.SuperconductingDisk(100.0), [4.0, 8.0], MAGNET, cooled_at, 320)
    plane = solve.image_force(Levitation(MAGNET, model.HalfSpace(), cooled_at), [4.0, 8.0])
    for name in ("levitation_force", "vertical_stiffness", "interaction_energy"):
        assert disk[name] == pytest.approx(plane[name], rel=2e-3)


def test_wide_pearl_disk_is_a_thin_slab():
    # Lambda = 2 lambda^2/d = 1 mm: lambda = 0.1 mm, d = 0.02 mm; (d/lambda)^2/3 ~ 1 %, mostly absorbed in Lambda
    disk = screened(model.SuperconductingDisk(100.0, 1e6), [4.0, 8.0], MAGNET, strips=320)
    slab = solve.image_force(Levitation(MAGNET, model.HalfSpace(1e5, 0.02)), [4.0, 8.0])
    assert disk["levitation_force"] == pytest.approx(slab["levitation_force"], rel=1e-2)


def test_sphere_is_the_sum_over_multipoles():
    heights, body = [2.0, 5.0, 10.0], model.SuperconductingSphere(10.0)
    rings, image = screened(body, heights), solve.image_force(Levitation(UP, body), heights)
    for name in ("levitation_force", "vertical_stiffness", "interaction_energy"):
        assert rings[name] == pytest.approx(image[name], rel=1e-4)  # third order, measured 5e-5
    assert rings.report.checks[0].passed


@pytest.mark.parametrize("cooled_at", [np.inf, 4.0])
def test_force_is_the_slope_of_the_energy(cooled_at):
    # central differences over 0.02 mm at 5 mm: (step/h)^2 ~ 4e-6 and their coefficients
    step = 0.01
    state = screened(model.SuperconductingCylinder(8.0, 5.0), [5 - step, 5, 5 + step], MAGNET, cooled_at)
    slope = np.diff(state["interaction_energy"][::2])[0] / (2e-3 * step)
    assert state["levitation_force"][1] == pytest.approx(-slope, rel=1e-4)
    slope = np.diff(state["levitation_force"][::2])[0] / (2e-3 * step)
    assert state["vertical_stiffness"][1] == pytest.approx(-slope, rel=1e-4)


def test_frozen_flux_attracts_a_magnet_that_leaves():
    state = screened(model.SuperconductingCylinder(8.0, 5.0), [2.0, 4.0, 8.0], MAGNET, 4.0)
    down, there, up = state["levitation_force"]
    assert down > 0 > up and abs(there) < 1e-12 * down
    assert state["vertical_stiffness"][1] > 0


def test_what_cannot_be_solved_is_refused():
    with pytest.raises(InvalidInput, match="image_force"):
        screened(model.HalfSpace(), [1.0])
    with pytest.raises(InvalidInput, match="pinned_force"):
        solve.screened_moment(model.SuperconductingCylinder(1.0, 1.0, model.Pinning(1e8)))
    with pytest.raises(InvalidInput, match="above the surface"):
        screened(model.SuperconductingDisk(1.0), [0.0])
    with pytest.raises(InvalidInput, match="upright"):
        screened(model.SuperconductingDisk(1.0), [1.0], model.point_magnet((1.0, 0.0, 0.0)))
