"""Magnets over flat superconductors and spheres: closed forms, limits, and theorems about stability."""

import numpy as np
import pytest

from onnes import model, solve
from onnes.errors import InvalidInput
from onnes.model import Levitation
from onnes.solve.condensate.levitation.levitation_images import reflection
from onnes.units import MU_0

M, H = 0.5, 8.0
UP, ACROSS = model.point_magnet(M), model.point_magnet((M, 0.0, 0.0))
PLANE = model.HalfSpace()
CYLINDER = model.CylinderMagnet(6.0, 8.0, 1.2)
SLANTED = model.CylinderMagnet(6.0, 8.0, 1.2, (0.5, 0.2, 0.8))
BLOCK = model.Dipoles(((0.1, 0.0, 0.3), (0.0, 0.2, -0.1)), ((1.0, 0.0, 2.0), (-2.0, 1.0, 0.0)))


def image(magnet, heights, body=PLANE, cooled_at=np.inf):
    return solve.image_force(Levitation(magnet, body, cooled_at), heights)


@pytest.mark.parametrize(("magnet", "share"), [(UP, 1.0), (ACROSS, 0.5)])
def test_dipole_over_a_plane(magnet, share):
    state = image(magnet, [H, 2 * H])
    force = share * 3 * MU_0 * M**2 / (32 * np.pi * (np.array([H, 2 * H]) * 1e-3) ** 4)
    assert state["levitation_force"] == pytest.approx(force, rel=1e-12)
    assert state["vertical_stiffness"] == pytest.approx(4 * force / (np.array([H, 2 * H]) * 1e-3), rel=1e-12)
    assert state.report.checks[0].passed


@pytest.mark.parametrize("magnet", [UP, ACROSS])
def test_frozen_image_of_a_dipole(magnet):
    # Kordyuk: F ~ (2z)^-4 - (z + z0)^-4
    z, z0 = np.array([4.0, 8.0, 16.0]), 8.0
    ratio = image(magnet, z, cooled_at=z0)["levitation_force"] / image(magnet, z)["levitation_force"]
    assert ratio == pytest.approx(1 - (2 * z / (z + z0)) ** 4, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("magnet", [UP, CYLINDER, CYLINDER.dipoles(2, 2)])
@pytest.mark.parametrize("body", [PLANE, model.HalfSpace(1e6), model.HalfSpace(1e6, 0.5)])
def test_lateral_is_half_of_the_vertical_stiffness(magnet, body):
    # dipoles around a circle are the cylinder to better than 1e-6 at this distance
    state = image(magnet, [H], body, H)
    assert state["lateral_stiffness"] == pytest.approx(state["vertical_stiffness"] / 2, rel=1e-6)


def test_lateral_stiffnesses_of_a_horizontal_dipole_are_three_to_one():
    # <cos^4> : <cos^2 sin^2> = 3 : 1, and together the vertical one
    state = image(ACROSS, [H], cooled_at=H)
    assert state["lateral_stiffness"] == pytest.approx(state["vertical_stiffness"] / 4, rel=1e-10)


@pytest.mark.parametrize("magnet", [UP, ACROSS, CYLINDER, SLANTED, BLOCK])
def test_frozen_flux_holds_where_it_was_cooled(magnet):
    state = image(magnet, [12.0], cooled_at=12.0)
    assert state["unstable_modes"][0] == 0 and state["vertical_stiffness"][0] > 0
    assert abs(state["levitation_force"][0]) < 1e-12


def test_which_modes_fall_without_pinning():
    # an upright dipole turns over (two tilts) and slides freely; a lying one slides, and turns about its own
    # axis and the vertical: of the five, two displacements and one tilt are flat
    upright, lying = image(UP, [H]), image(ACROSS, [H])
    assert (upright["unstable_modes"][0], upright["neutral_modes"][0]) == (2, 2)
    assert (lying["unstable_modes"][0], lying["neutral_modes"][0]) == (0, 3)
    tilt = -MU_0 * M**2 / (32 * np.pi * (H * 1e-3) ** 3)
    assert upright["tilt_stiffness"][0] == pytest.approx(tilt, rel=1e-6)
    assert image(UP, [H], cooled_at=H)["tilt_stiffness"][0] == pytest.approx(-tilt, rel=1e-6)


@pytest.mark.parametrize("magnet", [CYLINDER, SLANTED, BLOCK])
@pytest.mark.parametrize("cooled_at", [np.inf, 14.0])
def test_force_is_the_slope_of_the_energy_and_stiffness_of_the_force(magnet, cooled_at):
    # central differences over 2e-3 mm at 12 mm: (step/h)^2 ~ 3e-8
    step = 1e-3
    state = image(magnet, [12.0 - step, 12.0, 12.0 + step], cooled_at=cooled_at)
    slope = np.diff(state["interaction_energy"][::2])[0] / (2e-3 * step)
    assert state["levitation_force"][1] == pytest.approx(-slope, rel=1e-6)
    stiffness = -np.diff(state["levitation_force"][::2])[0] / (2e-3 * step)
    assert state["vertical_stiffness"][1] == pytest.approx(stiffness, rel=1e-6)


@pytest.mark.parametrize("magnet", [CYLINDER, SLANTED])
def test_cylinder_is_its_dipoles(magnet):
    # lowest point 8 mm or more above the plane, dipoles 1 to 2 mm apart: measured below 1e-7
    whole, parts = image(magnet, [14.0], cooled_at=16.0), image(magnet.dipoles(3, 4), [14.0], cooled_at=16.0)
    for name in ("levitation_force", "vertical_stiffness", "lateral_stiffness", "tilt_stiffness"):
        assert parts[name] == pytest.approx(whole[name], rel=1e-5)


def test_london_depth_moves_the_image_down():
    # the half space as seen from h is a perfect one at h + lambda: R = exp(-2 k lambda) to second order, so the
    # error is of order (lambda/h)^3; here 1e-3 and 1e-2
    for depth, order in ((8e3, 1e-8), (8e4, 1e-5)):
        found = image(UP, [H], model.HalfSpace(depth))["levitation_force"]
        moved = image(UP, [H + depth * 1e-6])["levitation_force"]
        assert found == pytest.approx(moved, rel=order)


def test_reflection_of_slabs():
    k = np.geomspace(1.0, 1e8, 30)
    depth, thin = 200.0, 1e-5  # nm; 10 nm in mm
    half = reflection(model.HalfSpace(depth), k)
    kappa = np.hypot(k, 1 / 200e-9)
    assert half == pytest.approx((kappa - k) / (kappa + k), rel=1e-12)
    # a film much thinner than lambda: 1/(1 + k Pearl), to (d/lambda)^2/3 = 1e-3 while k d is small
    slow = k < 1e4
    film = reflection(model.HalfSpace(depth, thin), k)[slow]
    assert film == pytest.approx(1 / (1 + k[slow] * 2 * 200e-9**2 / 10e-9), rel=2e-3)
    assert np.all(np.diff(half) < 0) and half[0] < 1


@pytest.mark.parametrize(("magnet", "sums"), [(UP, "l*(l+1)"), (ACROSS, "l*l/2")])
def test_sphere_against_its_multipoles(magnet, sums):
    # the field of the response at the dipole, term by term: mu0 m^2/(8 pi) sum c_l a^(2l+1)/r^(2l+4)
    a, r = 10e-3, 14e-3
    total = sum(
        {"l*(l+1)": n * (n + 1), "l*l/2": n * n / 2}[sums] * (a / r) ** (2 * n) for n in range(1, 200)
    )
    energy = MU_0 * M**2 / (8 * np.pi) * a / r**4 * total
    state = image(magnet, [4.0], model.SuperconductingSphere(10.0))
    assert state["interaction_energy"][0] == pytest.approx(energy, rel=1e-12)


@pytest.mark.parametrize("magnet", [UP, ACROSS])
def test_large_sphere_is_a_plane(magnet):
    # corrections of order h/a = 1e-4
    sphere, plane = image(magnet, [1.0], model.SuperconductingSphere(1e4)), image(magnet, [1.0])
    for name in ("levitation_force", "vertical_stiffness", "interaction_energy"):
        assert sphere[name] == pytest.approx(plane[name], rel=5e-4)


@pytest.mark.parametrize("magnet", [UP, ACROSS])
def test_a_magnet_slides_off_a_sphere(magnet):
    state = image(magnet, [5.0], model.SuperconductingSphere(10.0))
    assert state["lateral_stiffness"][0] < 0 < state["vertical_stiffness"][0]


def test_what_has_no_image_is_refused():
    with pytest.raises(InvalidInput, match="above the surface"):
        image(CYLINDER, [-1.0])
    with pytest.raises(InvalidInput, match="screened_force"):
        image(UP, [1.0], model.SuperconductingDisk(5.0))
    with pytest.raises(InvalidInput, match="one dipole"):
        image(CYLINDER, [1.0], model.SuperconductingSphere(5.0))
    with pytest.raises(InvalidInput, match="field-cooled sphere"):
        image(UP, [1.0], model.SuperconductingSphere(5.0), 2.0)
